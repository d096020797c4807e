import type { RunEvent } from '../../domain/record/events.js';
import { isJsonObject } from '../../domain/text/json.js';
import { storedText } from '../postgres-text.js';

/** What an event changes in the rows of deliveries. Fields that are null stay. */
export interface DeliveryChange {
  delivery?: Partial<{
    id: string;
    state: 'delivering' | 'delivered' | 'failed';
    claimedBy: string | null;
    remote: string | null;
    branch: string | null;
    sha: string | null;
    provider: string | null;
    number: number | null;
    url: string | null;
    checks: string | null;
    errorCode: string | null;
    errorMessage: string | null;
  }> & { at: string };
}

/** What an event changes in the rows of deliveries. A push for a gate belongs to no delivery. */
export function deliveryChange({ type, payload, ts }: RunEvent): DeliveryChange {
  const id = storedText(payload.delivery);
  if (id === null) return {};
  const text = (name: string): string | null => storedText(payload[name]);
  const of = (fields: Omit<NonNullable<DeliveryChange['delivery']>, 'id' | 'at'>): DeliveryChange => ({
    delivery: { id, at: ts, ...fields },
  });
  switch (type) {
    case 'delivery_started':
      return of({
        state: 'delivering',
        claimedBy: text('by'),
        remote: text('remote'),
        branch: text('branch'),
        provider: text('provider'),
      });
    case 'branch_pushed':
      return of({ sha: text('sha') });
    case 'pull_request_opened':
      return of({
        url: text('url'),
        number: Number.isSafeInteger(payload.number) ? Math.min(payload.number as number, 2 ** 31 - 1) : null,
      });
    case 'delivery_completed':
      return of({ state: 'delivered', checks: checksIn(payload.checks) });
    case 'delivery_failed':
      return of({ state: 'failed', errorCode: text('code'), errorMessage: text('message') });
    default:
      return {};
  }
}

function checksIn(checks: unknown): string | null {
  return isJsonObject(checks) ? storedText(checks.state) : null;
}
