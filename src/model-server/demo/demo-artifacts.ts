import type { JsonObject } from '../../domain/text/json.js';

/** What the scripted model leaves in the phases of template `feature` for the requirements of `npm start`, by path. */
export const DEMO_ARTIFACTS: Readonly<Record<string, JsonObject>> = {
  'artifacts/requirements.json': {
    summary:
      'A new command marks an item as read. The list then shows only what is still to be read, unless --all is given.',
    requirements: [
      {
        id: 'R1',
        statement: '`done "A title"` notes on the item with that title that it is read, with the time.',
        priority: 'must',
        acceptance: ['The file has the field readAt on that item, and on no other.'],
        source: 'The first sentence.',
      },
      {
        id: 'R2',
        statement: '`list` shows only items that are not read; `list --all` shows all and marks what is read.',
        priority: 'must',
        acceptance: ['After `done`, the title is missing from `list` and is marked in `list --all`.'],
      },
      {
        id: 'R3',
        statement: 'A title that is not on the list is an error.',
        priority: 'must',
        acceptance: ['The exit code is 1, and the message names the title.'],
      },
      {
        id: 'R4',
        statement: 'Files without the new field load as before.',
        priority: 'must',
        acceptance: ['An item without readAt counts as not read.'],
      },
    ],
    currentBehaviour: 'src/cli.js has the commands add and list. An item has a title and the time of its adding.',
    outOfScope: ['A way to take the mark back.'],
    assumptions: ['When a title is on the list twice, the first one is marked.'],
    openQuestions: [
      { question: 'Is a title compared exactly?', assumedAnswer: 'Yes, with its capital letters and spaces.' },
    ],
  },
  'artifacts/design.json': {
    summary:
      'An item gets the optional field readAt. The command line sets it and filters by it; the store stays as it is.',
    approach:
      '`done` looks for the first item with exactly this title and sets readAt to the present time. `list` leaves out items with readAt; `--all` shows them with a mark.',
    components: [
      {
        name: 'command line',
        path: 'src/cli.js',
        change: 'changed',
        responsibility: 'The command done, and the filter of list.',
      },
    ],
    decisions: [
      {
        decision: 'A time instead of a yes or no.',
        reason: 'The request asks for the time, and its absence says that the item is not read.',
        alternatives: ['Two fields: they could contradict each other.'],
      },
    ],
    requirements: [
      { id: 'R1', how: 'done sets readAt and saves.' },
      { id: 'R2', how: 'list filters by readAt unless --all is given.' },
      { id: 'R3', how: 'done prints the title to standard error and sets the exit code.' },
      { id: 'R4', how: 'A missing field is the same as not read.' },
    ],
    risks: [
      {
        risk: 'A script relies on list to show everything.',
        mitigation: 'The request wants it so; the README names --all.',
      },
    ],
    testStrategy:
      'Tests that start the program on a file of their own: what list shows after done, and the unknown title.',
  },
  'artifacts/plan.json': {
    summary: 'One step: the command, the filter, their tests and the README belong together.',
    tasks: [
      {
        id: 'T1',
        title: 'Add done and list --all',
        description: 'Change src/cli.js as the design says, test it in test/cli.test.js, and name both in the README.',
        files: ['src/cli.js', 'test/cli.test.js', 'README.md'],
        dependsOn: [],
        requirements: ['R1', 'R2', 'R3', 'R4'],
        doneWhen: 'All tests pass.',
        size: 'S',
      },
    ],
    notes: ['Tests use the runner of Node.'],
  },
  'artifacts/implementation.json': {
    summary: 'The command done marks an item as read, and list leaves such items out unless --all is given.',
    tasksDone: ['T1'],
    tests: [
      {
        path: 'test/cli.test.js',
        covers: 'What list and list --all show after done, and a title that is not on the list.',
      },
    ],
    deviations: [],
    notDone: [],
  },
  'artifacts/review.json': {
    summary: 'The change does what was asked, and no more. Each requirement has a test that would fail without it.',
    verdict: 'approve',
    requirements: [
      { id: 'R1', status: 'met', evidence: 'src/cli.js sets readAt on the item that it found.' },
      { id: 'R2', status: 'met', evidence: 'test/cli.test.js compares the whole output of list and list --all.' },
      { id: 'R3', status: 'met', evidence: 'test/cli.test.js asks for the exit code 1 and for the title.' },
      { id: 'R4', status: 'met', evidence: 'The tests begin with items that do not have the field.' },
    ],
    findings: [],
  },
};
