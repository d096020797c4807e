import { decidingFiles } from './deciding-files.js';
import { nothingFor, type Proposal, type RootLook } from './proposal.js';

const MAVEN_HOSTS = ['repo.maven.apache.org', 'repo1.maven.org'];

export function proposeGo({ names }: RootLook): Proposal {
  if (!names.has('go.mod')) return nothingFor('go');
  const why = 'go.mod is there';
  return {
    language: 'go',
    setup: names.has('go.sum')
      ? [
          {
            run: 'go mod download',
            network: ['proxy.golang.org', 'sum.golang.org'],
            timeout: '10m',
            why: 'go.sum is there',
          },
        ]
      : [],
    checks: [
      { name: 'test', run: 'go test ./...', why },
      { name: 'vet', run: 'go vet ./...', why },
    ],
    protect: [decidingFiles('go')],
  };
}

export function proposeRust({ names }: RootLook): Proposal {
  if (!names.has('Cargo.toml')) return nothingFor('rust');
  const locked = names.has('Cargo.lock') ? ' --locked' : '';
  return {
    language: 'rust',
    setup: [
      {
        run: `cargo fetch${locked}`,
        network: ['index.crates.io', 'static.crates.io'],
        timeout: '10m',
        why: 'Cargo.toml is there',
      },
    ],
    checks: [{ name: 'test', run: 'cargo test --offline', timeout: '20m', why: 'Cargo.toml is there' }],
    protect: [decidingFiles('rust')],
  };
}

export function proposeJava({ names }: RootLook): Proposal {
  if (names.has('pom.xml')) {
    const maven = names.has('mvnw') ? './mvnw' : 'mvn';
    return {
      language: 'java',
      setup: [
        { run: `${maven} -B -q dependency:go-offline`, network: MAVEN_HOSTS, timeout: '20m', why: 'pom.xml is there' },
      ],
      checks: [{ name: 'test', run: `${maven} -B -q -o test`, timeout: '20m', why: 'pom.xml is there' }],
      protect: [decidingFiles('maven')],
    };
  }
  const build = ['build.gradle', 'build.gradle.kts'].find((name) => names.has(name));
  if (build === undefined) return nothingFor('java');
  const gradle = names.has('gradlew') ? './gradlew' : 'gradle';
  const network = ['services.gradle.org', 'downloads.gradle.org', 'plugins.gradle.org', ...MAVEN_HOSTS];
  return {
    language: 'java',
    setup: [{ run: `${gradle} --no-daemon testClasses`, network, timeout: '20m', why: `${build} is there` }],
    checks: [{ name: 'test', run: `${gradle} --no-daemon --offline test`, timeout: '20m', why: `${build} is there` }],
    protect: [decidingFiles('gradle')],
  };
}

export function proposeRuby({ names }: RootLook): Proposal {
  if (!names.has('Gemfile')) return nothingFor('ruby');
  const test = names.has('.rspec') || names.has('spec') ? 'bundle exec rspec' : 'bundle exec rake';
  const checks =
    test.endsWith('rspec') || names.has('Rakefile') ? [{ name: 'test', run: test, why: 'Gemfile is there' }] : [];
  return {
    language: 'ruby',
    setup: [
      {
        run: 'bundle config set --local path vendor/bundle && bundle install',
        network: ['rubygems.org', 'index.rubygems.org'],
        timeout: '10m',
        why: 'Gemfile is there',
      },
    ],
    checks,
    protect: checks.length > 0 ? [decidingFiles('ruby')] : [],
  };
}

export function proposePhp({ names }: RootLook): Proposal {
  if (!names.has('composer.json')) return nothingFor('php');
  const config = ['phpunit.xml', 'phpunit.xml.dist'].find((name) => names.has(name));
  return {
    language: 'php',
    setup: [
      {
        run: 'composer install --no-interaction --no-progress',
        network: ['repo.packagist.org', 'api.github.com', 'codeload.github.com'],
        timeout: '10m',
        why: 'composer.json is there',
      },
    ],
    checks: config === undefined ? [] : [{ name: 'test', run: 'vendor/bin/phpunit', why: `${config} is there` }],
    protect: config === undefined ? [] : [decidingFiles('php')],
  };
}

const MAKEFILES = ['GNUmakefile', 'makefile', 'Makefile'];
const TARGETS = ['test', 'check', 'lint'];

/** Targets of make. Other proposals come first, since such a target often calls what they do. */
export function proposeMake({ names, text }: RootLook): Proposal {
  const file = MAKEFILES.find((name) => names.has(name));
  if (file === undefined) return nothingFor('make');
  const targets = new Set(Array.from(text(file).matchAll(/^([a-z]+)[ \t]*::?(?![=:])/gm), ([, name = '']) => name));
  const found = TARGETS.filter((name) => targets.has(name));
  return {
    language: 'make',
    setup: [],
    checks: found.map((name) => ({ name, run: `make ${name}`, why: `${file} has a target ${name}` })),
    protect: found.length > 0 ? [decidingFiles('make')] : [],
  };
}
