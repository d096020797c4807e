import tseslint from 'typescript-eslint';

const node = ['node:*', 'fs', 'path', 'os', 'child_process', 'crypto'];
const frameworks = ['@temporalio/*', '@langchain/*', '@prisma/*', 'pg', '**/generated/**'];

const types = (name) => ({ name, typesOnly: true });
/** The arrows of the tree: what each room of src/ may import beside itself (docs/developing.md). */
const ARROWS = {
  domain: [],
  workflows: ['domain', types('activities'), types('temporal')],
  pages: ['domain'],
  offload: ['domain', 'mirror', 'pages'],
  sandbox: ['domain'],
  forge: ['domain'],
  workspace: ['domain'],
  mirror: ['domain'],
  temporal: ['domain'],
  catalog: ['domain', 'offload'],
  agent: ['domain', 'offload', 'workspace'],
  upkeep: ['catalog', 'domain', 'mirror', 'offload', 'temporal', 'workspace'],
  activities: ['agent', 'catalog', 'domain', 'forge', 'mirror', 'offload', 'sandbox', 'upkeep', 'workspace'],
  worker: ['activities', 'domain', 'mirror', 'sandbox', 'temporal'],
  client: ['agent', 'catalog', 'domain', 'mirror', 'sandbox', 'temporal', 'upkeep'],
  'model-server': ['domain'],
  local: ['catalog', 'client', 'domain', 'mirror', 'model-server', 'sandbox', 'temporal'],
};
/** Packages of which a room knows nothing. */
const FOREIGN = {
  domain: [...frameworks, 'node:fs', 'node:fs/*'],
  workflows: [...node, '@langchain/*', '@prisma/*', 'pg'],
  pages: frameworks,
  offload: frameworks,
  sandbox: frameworks,
  workspace: frameworks,
  mirror: ['@temporalio/*', '@langchain/*'],
  temporal: ['@langchain/*', '@prisma/*', 'pg'],
  catalog: frameworks,
  agent: ['@temporalio/*'],
  client: ['@langchain/*', '@prisma/*', 'pg'],
  'model-server': frameworks,
};

function roomRule(room) {
  const arrows = ARROWS[room].map((arrow) => (typeof arrow === 'string' ? { name: arrow } : arrow));
  const closed = Object.keys(ARROWS).filter((other) => other !== room && !arrows.some(({ name }) => name === other));
  const typesOnly = arrows.filter((arrow) => arrow.typesOnly).map(({ name }) => name);
  const message = `src/${room} may import: ${arrows.map(({ name }) => name).join(', ') || 'nothing'} (eslint.config.js)`;
  // a room's name as the last part of `../room/file.js`, so that a folder of the same name inside a room is its own
  const into = (rooms) => `^(\\.\\./)+(${rooms.join('|')})/`;
  const patterns = [
    { regex: into(closed), message },
    ...(typesOnly.length > 0
      ? [
          {
            regex: into(typesOnly),
            allowTypeImports: true,
            message: `src/${room}: types of ${typesOnly.join(', ')} only`,
          },
        ]
      : []),
    ...(FOREIGN[room] ? [{ group: FOREIGN[room], message: `src/${room} knows nothing of this package` }] : []),
  ];
  return { files: [`src/${room}/**`], rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] } };
}

export default tseslint.config(
  { ignores: ['dist/', 'dist.*/', 'src/generated/', '.phasegate/', '.tools/', 'node_modules/'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // what an AbortSignal was aborted with is thrown as it is
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      // TypeScript's own control characters check suffices; texts of agents are full of them
      'no-control-regex': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // node:test's own promise is handled by the runner
    files: ['test/**'],
    rules: {
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
      // it would go on after the test's own time limit, and keep its process for ever
      'no-restricted-syntax': [
        'error',
        { selector: 'WhileStatement:has(AwaitExpression)', message: 'a test waits with until(), which gives up' },
      ],
    },
  },
  { files: ['**/*.mjs', '**/*.js'], ...tseslint.configs.disableTypeChecked },
  ...Object.keys(ARROWS).map(roomRule),
);
