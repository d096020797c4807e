import { REPOSITORY_FILE } from '../../names.js';

/**
 * What decides which program a check runs, and on which tests, by language and tool. With one of these files an agent can
 * make every check green, often with a new one: `script-shell=/bin/true` in an `.npmrc`, a `pytest.ini` that wins over
 * `pyproject.toml`, a `node_modules/.bin/node`. The parts are patterns as in `.phasegate.yaml`: without a slash they count
 * in every folder. At least one part of each row is there where the row is proposed.
 */
const DECIDING = {
  all: [
    ...[REPOSITORY_FILE, '.github', '.gitlab-ci.yml', '.circleci', '.travis.yml', 'azure-pipelines.yml', 'Jenkinsfile'],
    ...['.buildkite', '.drone.yml', 'bitbucket-pipelines.yml', '.woodpecker', '.woodpecker.yml', '.forgejo', '.gitea'],
    ...['.tool-versions', 'mise.toml', '.mise.toml'],
  ].map((name) => `/${name}`),
  js: [
    ...['/package.json', '/.npmrc', '/.yarnrc', '/.yarnrc.yml', '/.yarn', '/.pnp.cjs', '/.pnpmfile.cjs'],
    ...['/pnpm-workspace.yaml', '/bunfig.toml', '/node_modules', '/.nvmrc', '/.node-version', 'tsconfig*.json'],
    ...['jest.config.*', 'vitest.config.*', 'vitest.workspace.*', 'vite.config.*', '.mocharc*', 'ava.config.*'],
    ...['karma.conf.*', 'playwright.config.*', 'cypress.config.*', 'eslint.config.*', '.eslintrc*', '.eslintignore'],
  ],
  python: [
    ...['/pyproject.toml', '/setup.py', '/setup.cfg', '/tox.ini', '/noxfile.py', '/requirements*.txt', '/Pipfile'],
    ...['conftest.py', 'pytest.ini', '.pytest.ini', 'pytest.toml', '.pytest.toml', '/uv.toml', '/poetry.toml'],
    // `python -m` looks into the folder first
    ...['/pytest', '/pytest.py', '/_pytest', '/unittest', '/unittest.py', '/sitecustomize.py', '/usercustomize.py'],
    ...['/.python-version', '/.venv'],
  ],
  go: ['/go.mod', '/go.work', '/vendor'],
  rust: ['Cargo.toml', '/.cargo', '/rust-toolchain', '/rust-toolchain.toml', 'build.rs', 'clippy.toml', '.clippy.toml'],
  maven: ['pom.xml', '/.mvn', '/mvnw', '/mvnw.cmd', 'junit-platform.properties'],
  gradle: [
    ...['build.gradle*', 'settings.gradle*', 'gradle.properties', '/gradle', '/gradlew', '/gradlew.bat', '/buildSrc'],
    'junit-platform.properties',
  ],
  ruby: [
    ...['/Gemfile', '/.bundle', '/.ruby-version', '/.rspec', '/.rspec-local', 'spec_helper.rb', 'rails_helper.rb'],
    ...['test_helper.rb', '/Rakefile', '/Rakefile.rb', '/rakefile', '/rakefile.rb', '/rakelib'],
  ],
  php: ['/composer.json', '/phpunit.xml', '/phpunit.xml.dist', '/phpunit.dist.xml', '/.php-version'],
  // GNUmakefile wins over makefile, and that one over Makefile
  make: ['/GNUmakefile', '/makefile', '/Makefile', '*.mk'],
} as const;

/**
 * One pattern for all of a row, so that the parts that are not there are protected, too, and no warning says that they
 * match nothing.
 */
export function decidingFiles(row: keyof typeof DECIDING): string {
  return `{${DECIDING[row].join(',')}}`;
}
