import tseslint from 'typescript-eslint';

const node = ['node:*', 'fs', 'path', 'os', 'child_process', 'crypto'];
const frameworks = ['@temporalio/*', '@langchain/*', '@prisma/*', 'pg', '**/generated/**'];

/** Arrows of the tree that point down only: what a folder may not import (docs/architecture.md). */
function forbid(files, patterns) {
  return {
    files,
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

const outer = (...folders) => folders.map((folder) => `**/${folder}/**`);

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
  forbid(
    ['src/domain/**'],
    [
      {
        group: [
          ...frameworks,
          'node:fs',
          'node:fs/*',
          ...outer(
            'activities',
            'agent',
            'catalog',
            'client',
            'local',
            'mirror',
            'offload',
            'temporal',
            'workflows',
            'workspace',
          ),
        ],
        message: 'domain is pure',
      },
    ],
  ),
  forbid(
    ['src/workflows/**'],
    [
      {
        group: [
          ...node,
          '@langchain/*',
          '@prisma/*',
          'pg',
          ...outer('agent', 'catalog', 'client', 'local', 'mirror', 'temporal', 'workspace'),
        ],
        message: 'workflow code is deterministic: it knows the domain only',
      },
      { group: outer('activities'), allowTypeImports: true, message: 'workflows import types of activities only' },
    ],
  ),
  forbid(
    ['src/agent/**'],
    [
      {
        group: [
          ...outer('activities', 'catalog', 'client', 'local', 'mirror', 'temporal', 'workflows'),
          '@temporalio/*',
        ],
        message: 'agent stands on domain and workspace',
      },
    ],
  ),
  forbid(
    ['src/mirror/**'],
    [
      {
        group: [
          ...outer('activities', 'agent', 'catalog', 'client', 'local', 'temporal', 'workflows', 'workspace'),
          '@temporalio/*',
          '@langchain/*',
        ],
        message: 'mirror stands on domain',
      },
    ],
  ),
  forbid(
    ['src/temporal/**'],
    [
      {
        group: [
          ...outer('activities', 'agent', 'catalog', 'client', 'local', 'mirror', 'workflows', 'workspace'),
          '@langchain/*',
          '@prisma/*',
          'pg',
        ],
        message: 'temporal stands on domain',
      },
    ],
  ),
  forbid(
    ['src/workspace/**', 'src/catalog/**'],
    [
      {
        group: [...outer('activities', 'agent', 'client', 'local', 'mirror', 'temporal', 'workflows'), ...frameworks],
        message: 'workspace and catalog stand on domain',
      },
    ],
  ),
  forbid(
    ['src/offload/**'],
    [
      {
        group: [
          ...outer('activities', 'agent', 'catalog', 'client', 'local', 'temporal', 'workflows', 'workspace'),
          ...frameworks,
        ],
        message: 'offload stands on domain, and on how the mirror keeps texts',
      },
    ],
  ),
  forbid(
    ['src/activities/**'],
    [{ group: outer('client', 'local', 'workflows'), message: 'activities join agent, catalog, mirror and workspace' }],
  ),
);
