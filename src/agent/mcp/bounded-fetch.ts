/** All that one server may send in answer to one request. */
export const MAX_BYTES = 1024 * 1024;

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` for one MCP server: it follows no redirection (which would take secret headers along), reads no more of an
 * answer than 1 MiB, and opens no stream of notices, which nobody would read.
 */
export function boundedFetch(ask: Fetch = fetch): Fetch {
  return async (url, init) => {
    // the SDK asks so for a stream of notices; the answer means that there is none
    if ((init?.method ?? 'GET') === 'GET') return new Response(null, { status: 405 });
    const answer = await ask(url, { ...init, redirect: 'error' });
    if (answer.body === null) return answer;
    let bytes = 0;
    const limited = answer.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          bytes += chunk.byteLength;
          if (bytes > MAX_BYTES) controller.error(new Error(`the server sent more than ${MAX_BYTES} bytes`));
          else controller.enqueue(chunk);
        },
      }),
    );
    return new Response(limited, { status: answer.status, statusText: answer.statusText, headers: answer.headers });
  };
}
