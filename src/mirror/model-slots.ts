import type { BackendCap } from '../domain/template/backends.js';
import type { PrismaClient } from './database.js';

/** Why a call must wait: the provider limits the rate, all places are taken, or the minute is full. */
export interface Wait {
  why: 'pause' | 'place' | 'rate';
  /** Ask again after this many milliseconds. */
  ms: number;
}

/**
 * The places for calls of backends, which all workers share. A place is a lease: it ends by itself when its worker was
 * killed. PostgreSQL's clock counts. Methods fail as those of `Mirror`.
 */
export interface ModelSlots {
  /**
   * Takes a place for one call. It may be repeated.
   *
   * @param id - a UUID of the call
   * @param leaseMs - how long the place is held without {@link renew}
   * @returns null when it has the place
   */
  take(backend: string, id: string, cap: BackendCap, leaseMs: number): Promise<Wait | null>;
  /** Holds a place for longer. */
  renew(id: string, leaseMs: number): Promise<void>;
  /** The call has ended. */
  free(id: string): Promise<void>;
  /** Lets no call of a backend begin for some time. A longer pause stays. */
  pause(backend: string, ms: number): Promise<void>;
}

/** @param whileThere - gives failures of PostgreSQL their code */
export function modelSlots(prisma: PrismaClient, whileThere: <T>(query: () => Promise<T>) => Promise<T>): ModelSlots {
  return {
    take: async (backend, id, { maxConcurrent = null, requestsPerMinute = null }, leaseMs) => {
      const [answer] = await whileThere(
        () => prisma.$queryRaw<{ why: Wait['why'] | null; ms: number }[]>`
          SELECT why, wait_ms AS ms
          FROM public.take_model_slot(${backend}, ${id}::uuid, ${maxConcurrent}::int, ${requestsPerMinute}::int, ${leaseMs}::int)`,
      );
      return answer?.why ? { why: answer.why, ms: answer.ms } : null;
    },
    renew: async (id, leaseMs) => {
      await whileThere(
        () => prisma.$executeRaw`
          UPDATE public.model_slots SET expires_at = clock_timestamp() + ${leaseMs}::int * interval '1 millisecond'
          WHERE id = ${id}::uuid AND ended_at IS NULL`,
      );
    },
    free: async (id) => {
      await whileThere(
        () => prisma.$executeRaw`UPDATE public.model_slots SET ended_at = clock_timestamp() WHERE id = ${id}::uuid`,
      );
    },
    pause: async (backend, ms) => {
      await whileThere(
        () => prisma.$executeRaw`
          INSERT INTO public.backend_pauses AS p (backend, until)
          VALUES (${backend}, clock_timestamp() + ${ms}::int * interval '1 millisecond')
          ON CONFLICT (backend) DO UPDATE SET until = greatest(p.until, excluded.until)`,
      );
    },
  };
}
