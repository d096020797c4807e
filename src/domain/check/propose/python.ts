import { decidingFiles } from './deciding-files.js';
import { nothingFor, type Proposal, type RootLook } from './proposal.js';

const HOSTS = ['pypi.org', 'files.pythonhosted.org'];
const MARKS = ['pyproject.toml', 'requirements.txt', 'setup.py', 'setup.cfg', 'tox.ini', 'Pipfile'];
const PYTEST = ['pyproject.toml', 'requirements.txt', 'requirements-dev.txt', 'setup.cfg', 'tox.ini', 'Pipfile'];

/** Python, with uv, Poetry, or an environment of its own. */
export function proposePython(look: RootLook): Proposal {
  const { names } = look;
  const proposal = nothingFor('python');
  if (!MARKS.some((name) => names.has(name))) return proposal;
  const usesPytest =
    names.has('pytest.ini') || names.has('conftest.py') || PYTEST.some((name) => /\bpytest\b/.test(look.text(name)));
  const { install, python, why } = installation(look, usesPytest);
  if (install !== null) proposal.setup.push({ run: install, network: HOSTS, timeout: '10m', why });
  if (usesPytest) proposal.checks.push({ name: 'test', run: `${python} -m pytest`, why: 'pytest is named here' });
  else if (names.has('tests') || names.has('test'))
    proposal.checks.push({ name: 'test', run: `${python} -m unittest discover`, why: 'there is a folder of tests' });
  if (proposal.checks.length > 0) proposal.protect.push(decidingFiles('python'));
  return proposal;
}

interface Installation {
  /** Null where there is nothing to install. */
  install: string | null;
  /** How Python is called afterwards. */
  python: string;
  why: string;
}

function installation({ names, text }: RootLook, usesPytest: boolean): Installation {
  if (names.has('uv.lock'))
    return { install: 'uv sync --frozen', python: 'uv run --frozen python', why: 'uv.lock is there' };
  if (names.has('poetry.lock'))
    return { install: 'poetry install --no-interaction', python: 'poetry run python', why: 'poetry.lock is there' };
  const files = ['requirements.txt', 'requirements-dev.txt'].filter((name) => names.has(name));
  const isPackage = names.has('setup.py') || /^\[(?:project|build-system|tool\.poetry)\]/m.test(text('pyproject.toml'));
  const addsPytest = usesPytest && !files.some((name) => /\bpytest\b/.test(text(name)));
  const what = [
    ...(isPackage ? ['-e .'] : []),
    ...files.map((name) => `-r ${name}`),
    ...(addsPytest ? ['pytest'] : []),
  ];
  if (what.length === 0) return { install: null, python: 'python3', why: '' };
  return {
    install: `python3 -m venv .venv && .venv/bin/pip install ${what.join(' ')}`,
    python: '.venv/bin/python',
    why: 'the environment lies in the workspace, and is not committed',
  };
}
