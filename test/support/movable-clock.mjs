// Preloaded into a worker (`node --import`): SIGHUP (which neither Node nor the SDK takes then) moves its wall clock by
// the next of PHASEGATE_TEST_JUMPS_MS; timers and the monotonic clock go on.
const jumps = (process.env.PHASEGATE_TEST_JUMPS_MS ?? '').split(',').map(Number);
const RealDate = Date;
let offset = 0;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offset);
    else super(...args);
  }
  static now() {
    return RealDate.now() + offset;
  }
};
process.on('SIGHUP', () => {
  offset += jumps.shift() ?? 0;
  process.stderr.write(`the clock says ${new Date().toISOString()}\n`);
});
