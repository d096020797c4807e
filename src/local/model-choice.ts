import { startModelServer } from '../model-server/server.js';

/** The key that the scripted server gets. It is fixed and harmless. */
export const SCRIPTED_KEY = 'scripted';

export interface ModelChoice {
  scripted: boolean;
  /** These go into the environment of the worker and into the env file. A person's key is never among them. */
  env: Record<string, string>;
  /** For people: which model answers, and what that means. */
  about: string;
  /** Ends the scripted server, where there is one. */
  close(): Promise<void>;
}

/**
 * Uses the model that the environment names, or starts the scripted model server in this process.
 *
 * @param env - `OPENAI_API_KEY`, `OPENAI_BASE_URL`; a key that an earlier local stack wrote does not count
 */
export async function chooseModel(env: NodeJS.ProcessEnv): Promise<ModelChoice> {
  const key = env.OPENAI_API_KEY;
  if (key && key !== SCRIPTED_KEY) {
    const baseUrl = env.OPENAI_BASE_URL;
    return {
      scripted: false,
      env: baseUrl ? { OPENAI_BASE_URL: baseUrl } : {},
      about: `Model: the real one at ${baseUrl ? hostOf(baseUrl) : "the backend's own address"}, with your OPENAI_API_KEY. Its calls cost money.`,
      close: async () => {},
    };
  }
  const server = await startModelServer();
  return {
    scripted: true,
    env: { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: SCRIPTED_KEY },
    about:
      'Model: no OPENAI_API_KEY is set, so the scripted model server answers. Its words are canned and its costs are not real; everything else is.',
    close: () => server.close(),
  };
}

// a URL may hold a password
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'OPENAI_BASE_URL';
}
