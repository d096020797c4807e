/** The file of the repository into which the scripted model writes its change, from the repository's root. */
export function notePath(subject: string): string {
  return `docs/${slugOf(subject)}.md`;
}

/** The script that fails until that file is there, from the repository's root. */
export function checkPath(subject: string): string {
  return `docs/${slugOf(subject)}.check.sh`;
}

function slugOf(subject: string): string {
  const slug = subject
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40)
    .replace(/-$/, '');
  return slug || 'change';
}
