import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fileText, proposeFile, withoutReasons } from '../../src/domain/check/propose/propose-file.js';
import { repositoryIssues } from '../../src/domain/check/repository-rules.js';
import type { RepositoryFile } from '../../src/domain/check/repository-file.js';
import { idlePatterns, matchPatterns } from '../../src/offload/match-patterns.js';
import { ownValidator } from '../../src/offload/own-schemas.js';
import { parseYamlSource } from '../../src/offload/yaml-source.js';

function propose(files: Record<string, string>): RepositoryFile {
  return withoutReasons(proposeFile({ names: new Set(Object.keys(files)), text: (name) => files[name] ?? '' }));
}

const runs = ({ setup = [], checks = [] }: RepositoryFile): unknown[] => [
  setup.map(({ run }) => run),
  Object.fromEntries(checks.map(({ name, run }) => [name, run])),
];

const PACKAGE = JSON.stringify({
  scripts: { test: 'vitest', 'type-check': 'tsc', lint: 'eslint', start: 'x', build: 'vite' },
  dependencies: { a: '1' },
});
const VENV = 'python3 -m venv .venv && .venv/bin/pip install';
const TABLE: [what: string, files: Record<string, string>, setup: string[], checks: Record<string, string>][] = [
  ['nothing', {}, [], {}],
  [
    'npm',
    { 'package.json': PACKAGE, 'package-lock.json': '' },
    ['npm ci'],
    { test: 'npm run test', types: 'npm run type-check', lint: 'npm run lint', build: 'npm run build' },
  ],
  [
    'pnpm',
    { 'package.json': '{"scripts":{"test":"x"}}', 'pnpm-lock.yaml': '' },
    ['pnpm install --frozen-lockfile'],
    { test: 'pnpm run test' },
  ],
  [
    'yarn',
    { 'package.json': '{"scripts":{"lint":"x"}}', 'yarn.lock': '' },
    ['yarn install --frozen-lockfile'],
    { lint: 'yarn run lint' },
  ],
  [
    'npm without a lock file',
    { 'package.json': PACKAGE.replace(/"scripts.*?},/, '') },
    ['npm install --no-package-lock'],
    {},
  ],
  ['npm without packages', { 'package.json': '{"scripts":{"test":"node --test"}}' }, [], { test: 'npm run test' }],
  [
    "npm's own text for no test",
    { 'package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' },
    [],
    {},
  ],
  ['a broken package.json', { 'package.json': '{' }, [], {}],
  ['a package.json of another form', { 'package.json': '{"scripts":["test"],"dependencies":7}' }, [], {}],
  [
    'pytest',
    { 'pyproject.toml': '[project]\nname="x"\n[tool.pytest.ini_options]\n', tests: '' },
    [`${VENV} -e . pytest`],
    { test: '.venv/bin/python -m pytest' },
  ],
  [
    'requirements',
    { 'requirements.txt': 'pytest==8\n', 'requirements-dev.txt': '' },
    [`${VENV} -r requirements.txt -r requirements-dev.txt`],
    { test: '.venv/bin/python -m pytest' },
  ],
  ['unittest', { 'setup.py': '', tests: '' }, [`${VENV} -e .`], { test: '.venv/bin/python -m unittest discover' }],
  ['a test folder and nothing else', { 'tox.ini': '', tests: '' }, [], { test: 'python3 -m unittest discover' }],
  [
    'uv',
    { 'pyproject.toml': 'pytest', 'uv.lock': '' },
    ['uv sync --frozen'],
    { test: 'uv run --frozen python -m pytest' },
  ],
  [
    'poetry',
    { 'pyproject.toml': 'pytest', 'poetry.lock': '' },
    ['poetry install --no-interaction'],
    { test: 'poetry run python -m pytest' },
  ],
  ['go', { 'go.mod': '', 'go.sum': '' }, ['go mod download'], { test: 'go test ./...', vet: 'go vet ./...' }],
  ['rust', { 'Cargo.toml': '', 'Cargo.lock': '' }, ['cargo fetch --locked'], { test: 'cargo test --offline' }],
  ['maven', { 'pom.xml': '', mvnw: '' }, ['./mvnw -B -q dependency:go-offline'], { test: './mvnw -B -q -o test' }],
  [
    'gradle',
    { 'build.gradle.kts': '' },
    ['gradle --no-daemon testClasses'],
    { test: 'gradle --no-daemon --offline test' },
  ],
  [
    'ruby',
    { Gemfile: '', spec: '' },
    ['bundle config set --local path vendor/bundle && bundle install'],
    { test: 'bundle exec rspec' },
  ],
  [
    'php',
    { 'composer.json': '', 'phpunit.xml.dist': '' },
    ['composer install --no-interaction --no-progress'],
    { test: 'vendor/bin/phpunit' },
  ],
  [
    'make',
    { Makefile: 'X := 1\ntest: a\n\tx\ncheck::\n\ty\nlint := no\n.PHONY: lint\n' },
    [],
    { test: 'make test', check: 'make check' },
  ],
  [
    'several at once',
    { 'package.json': '{"scripts":{"test":"x"}}', 'go.mod': '', Makefile: 'test:\nlint:\n' },
    [],
    { test: 'npm run test', 'go-test': 'go test ./...', vet: 'go vet ./...', lint: 'make lint' },
  ],
];

for (const [what, files, setup, checks] of TABLE) {
  test(`what is proposed for ${what}`, () => {
    assert.deepEqual(runs(propose(files)), [setup, checks]);
  });
}

const TESTED = '{"scripts":{"test":"x"}}';
const PROTECTED: [what: string, files: Record<string, string>, paths: string[]][] = [
  [
    'any language',
    {},
    ['.phasegate.yaml', '.github/workflows/ci.yml', '.gitlab-ci.yml', 'Jenkinsfile', '.tool-versions'],
  ],
  [
    'npm',
    { 'package.json': TESTED },
    [
      'package.json',
      '.npmrc',
      '.yarnrc.yml',
      '.yarn/releases/yarn.cjs',
      'pnpm-workspace.yaml',
      'bunfig.toml',
      '.nvmrc',
    ],
  ],
  [
    'npm without packages',
    { 'package.json': TESTED },
    ['node_modules/.bin/node', 'jest.config.ts', 'web/tsconfig.json'],
  ],
  [
    'pytest',
    { 'requirements.txt': 'pytest' },
    ['conftest.py', 'tests/conftest.py', 'pytest.ini', 'tox.ini', 'setup.cfg', 'pyproject.toml', 'pytest.py'],
  ],
  ['unittest', { 'setup.py': '', tests: '' }, ['unittest/__init__.py', 'sitecustomize.py', '.python-version']],
  ['go', { 'go.mod': '' }, ['go.mod', 'go.work', 'vendor/modules.txt']],
  [
    'rust',
    { 'Cargo.toml': '' },
    ['Cargo.toml', 'crates/a/Cargo.toml', '.cargo/config.toml', 'rust-toolchain', 'rust-toolchain.toml', 'build.rs'],
  ],
  ['maven', { 'pom.xml': '' }, ['pom.xml', 'core/pom.xml', '.mvn/maven.config', '.mvn/jvm.config', 'mvnw']],
  [
    'gradle',
    { 'build.gradle': '' },
    ['build.gradle.kts', 'settings.gradle', 'gradle.properties', 'gradle/wrapper/gradle-wrapper.jar', 'gradlew'],
  ],
  ['ruby', { Gemfile: '', '.rspec': '' }, ['.rspec', 'Rakefile', '.bundle/config', 'spec/spec_helper.rb']],
  ['php', { 'composer.json': '', 'phpunit.xml.dist': '' }, ['phpunit.xml', 'composer.json']],
  ['make', { Makefile: 'test:\n' }, ['GNUmakefile', 'makefile', 'Makefile', 'build/rules.mk']],
];

for (const [what, files, paths] of PROTECTED)
  test(`what decides which program a check runs is protected, also where it is not there yet: ${what}`, () => {
    const { protect = [] } = propose(files);
    const link = (path: string) => ({ path, isLink: false });
    assert.deepEqual(matchPatterns(protect, paths.map(link)), paths);
    assert.deepEqual(matchPatterns(protect, ['src/a.ts', 'README.md', 'tests/a_test.py'].map(link)), []);
    const there = [...Object.keys(files), '.phasegate.yaml'].map((path) => `${path}\0`).join('');
    assert.deepEqual(idlePatterns(protect, Buffer.from(there)), [], 'no warning');
  });

test('only what makes sense for the languages that are there is protected', () => {
  const { protect = [] } = propose({ 'go.mod': '', 'package.json': '{}' });
  assert.equal(protect.length, 2);
  const others = ['package.json', 'pom.xml', 'conftest.py', 'Makefile', 'Cargo.toml'];
  assert.deepEqual(
    matchPatterns(
      protect,
      others.map((path) => ({ path, isLink: false })),
    ),
    [],
  );
});

const names = fc.constantFrom(...new Set(TABLE.flatMap(([, files]) => Object.keys(files))));
const texts = fc.oneof(
  fc.string(),
  fc.constantFrom(...TABLE.flatMap(([, files]) => Object.values(files))),
  fc.dictionary(fc.string(), fc.string()).map((scripts) => JSON.stringify({ scripts })),
);

test('whatever lies there, the file is valid, says what was proposed, and no text of a file is in it', () => {
  const validate = ownValidator('repository');
  fc.assert(
    fc.property(fc.dictionary(names, texts), (files) => {
      const evil = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, `${text}\n# EVIL: $(x)\n`]));
      const proposed = proposeFile({
        names: new Set([...Object.keys(files), 'EVIL']),
        text: (name) => evil[name] ?? '',
      });
      const text = fileText(proposed);
      assert.doesNotMatch(text, /EVIL/);
      const { value, problem } = parseYamlSource(text);
      assert.equal(problem, null, text);
      const file = withoutReasons(proposed);
      assert.ok(validate(value), JSON.stringify(validate.errors));
      assert.deepEqual(repositoryIssues(value as RepositoryFile), []);
      assert.deepEqual(
        (value as RepositoryFile).checks?.map(({ run }) => run) ?? [],
        file.checks?.map(({ run }) => run),
      );
      assert.deepEqual(
        (value as RepositoryFile).setup?.map(({ run }) => run) ?? [],
        file.setup?.map(({ run }) => run),
      );
    }),
  );
});
