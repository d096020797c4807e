import type { FrameLocator, Locator, Page } from 'playwright-core';

/** A run as Temporal Web names it. */
export interface RunPlace {
  uiUrl: string;
  workflowId: string;
  /** Id of the execution that is looked at. */
  runId: string;
}

/** Opens a run's page at one of its tabs. */
export async function openRun(
  page: Page,
  { uiUrl, workflowId, runId }: RunPlace,
  tab: 'timeline' | 'user-metadata',
): Promise<void> {
  await page.goto(`${uiUrl}/namespaces/default/workflows/${encodeURIComponent(workflowId)}/${runId}/${tab}`);
}

/** The current details on the tab User Metadata: Temporal Web renders their Markdown in a frame of its own. */
export function currentDetails(page: Page): FrameLocator {
  return page.frameLocator('iframe[title="output"]');
}

/** Opens the dialog for signals with the list of those that the run describes. */
export async function openSignalList(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'More Actions' }).click();
  await page.getByRole('menuitem', { name: 'Send a Signal' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send a Signal' });
  await dialog.getByRole('button', { name: 'Select a signal' }).click();
  await dialog.getByRole('option').nth(1).waitFor();
  return dialog;
}

/** Fills the dialog: the signal as the list offers it, and its payload. */
export async function fillSignal(dialog: Locator, name: string, payload?: object): Promise<void> {
  await dialog.getByRole('option', { name: new RegExp(`^${name} `) }).click();
  await dialog.getByRole('button', { name, exact: true }).waitFor();
  if (payload) await dialog.getByRole('textbox', { name: 'Data' }).fill(JSON.stringify(payload));
}

/** Sends it as a person does, and waits until Temporal Web has taken it. */
export async function submitSignal(dialog: Locator): Promise<void> {
  await dialog.getByRole('button', { name: 'Submit' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** Opens the list of the runs that a query finds. */
export async function openList(page: Page, uiUrl: string, query: string): Promise<void> {
  await page.goto(`${uiUrl}/namespaces/default/workflows?query=${encodeURIComponent(query)}`);
  await page.getByRole('table', { name: 'Workflows' }).getByRole('link').first().waitFor();
}

/** Chooses the columns of the list, as its settings do: some out, others added at the end. */
export async function chooseColumns(page: Page, { remove, add }: { remove: string[]; add: string[] }): Promise<void> {
  await page.getByRole('button', { name: 'Configure Columns' }).click();
  for (const name of remove) await page.getByRole('button', { name: `Remove ${name} column` }).click();
  for (const name of add) await page.getByRole('button', { name: `Add ${name} column` }).click();
  await page.getByRole('button', { name: 'Close Workflows Table configuration' }).click();
  await page.getByRole('columnheader', { name: add.at(-1) }).waitFor();
}

/** Saves the list's query under a name, as its button does. */
export async function saveView(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Save as New' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(name);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name }).waitFor();
}
