// Loaded before the contender `phasegate-stub`. It replaces the agent of src/agent/run-agent.ts (LangGraph, the
// conversation, the model) by one that writes the artifact at once. Everything else of a phase stays, so only the
// engine's own part is measured.
import { register } from 'node:module';

register(new URL('./stub-agent-hooks.mjs', import.meta.url));
