const STUB = new URL('./stub-agent.ts', import.meta.url).href;

export async function resolve(specifier, context, nextResolve) {
  return specifier.endsWith('/agent/run-agent.js') ? nextResolve(STUB, context) : nextResolve(specifier, context);
}
