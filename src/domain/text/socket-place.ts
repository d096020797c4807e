/** Where a server listens. */
export interface SocketPlace {
  /** An IP address, without brackets. */
  host: string;
  port: number;
}

const PLACE = /^(?:((?:\d{1,3}\.){3}\d{1,3})|\[([0-9a-fA-F:.]+)\]):(\d{1,5})$/;

/** Reads `127.0.0.1:9464` or `[::1]:9464`. A name of a host is not taken: it may have several addresses. */
export function parseSocketPlace(text: string): SocketPlace | undefined {
  const [, v4, v6, digits] = PLACE.exec(text) ?? [];
  const host = v4 ?? v6;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || v4?.split('.').some((part) => Number(part) > 255)) return undefined;
  return { host, port };
}
