/** The port of 127.0.0.1 where `codec-server` listens, and where the local Temporal Web looks for it. */
export const CODEC_SERVER_PORT = 8234;
