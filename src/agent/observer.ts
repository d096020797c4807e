import type { Reservation } from '../domain/budget.js';
import type { ModelCall, ToolCall } from '../domain/model-call.js';
import type { AgentObserver } from './agent-request.js';

type Delivery = () => Promise<void> | void;

/**
 * Hands records to the caller's observer, whose failures must not cost a paid reply: what it could not take is offered
 * again with the next record and by `flush`. (Replies and tool calls are in the thread's state besides.)
 */
export class Observer {
  private undelivered: Delivery[] = [];

  constructor(private readonly target: AgentObserver) {}

  modelCallStarted(n: number, reserved: Reservation): void {
    try {
      this.target.modelCallStarted?.(n, reserved);
    } catch {
      // a progress display that fails is no reason to stop
    }
  }

  modelCall(call: ModelCall): Promise<void> {
    return this.offer(() => this.target.modelCall(call));
  }

  toolCall(call: ToolCall): Promise<void> {
    return this.offer(() => this.target.toolCall(call));
  }

  /** A last try for what the observer could not take. Never throws. */
  flush(): Promise<void> {
    return this.undelivered.length === 0 ? Promise.resolve() : this.offer();
  }

  private async offer(...next: Delivery[]): Promise<void> {
    const queue = [...this.undelivered, ...next];
    this.undelivered = [];
    for (const [index, deliver] of queue.entries()) {
      try {
        await deliver();
      } catch {
        this.undelivered = queue.slice(index);
        return;
      }
    }
  }
}
