const MARKS: readonly [language: string, names: RegExp][] = [
  ['TypeScript', /^tsconfig(?:\.\w+)?\.json$/],
  ['JavaScript', /^package\.json$/],
  ['Python', /^(?:pyproject\.toml|setup\.py|setup\.cfg|requirements\.txt|Pipfile|tox\.ini)$/],
  ['Go', /^go\.mod$/],
  ['Rust', /^Cargo\.toml$/],
  ['Java or Kotlin', /^(?:pom\.xml|build\.gradle(?:\.kts)?)$/],
  ['Ruby', /^Gemfile$/],
  ['PHP', /^composer\.json$/],
  ['C or C++', /^(?:CMakeLists\.txt|meson\.build|configure\.ac)$/],
  ['.NET', /\.(?:sln|csproj|fsproj)$/],
  ['Elixir', /^mix\.exs$/],
  ['Swift', /^Package\.swift$/],
  ['Dart', /^pubspec\.yaml$/],
];

/** The languages of a repository, as far as the names at its root tell them. */
export function languagesOf(names: Iterable<string>): string[] {
  const all = [...names];
  return MARKS.filter(([, mark]) => all.some((name) => mark.test(name))).map(([language]) => language);
}
