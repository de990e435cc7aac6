/** How long the soaks of `npm run test:long` go on, in seconds. */
export type SoakTimes = { readonly network: number; readonly kube: number };

const defaults: SoakTimes = { network: 600, kube: 180 };

/** A day: whoever wants more starts it again. */
const secondsMax = 86_400;

/** FAIRLEAD_SOAK_SECONDS says it for both; throws on anything but a whole number of seconds. */
export function soakTimes(environment: Readonly<Record<string, string | undefined>>): SoakTimes {
  const given = environment['FAIRLEAD_SOAK_SECONDS'] ?? '';
  if (given === '') return defaults;
  const seconds = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (seconds >= 1 && seconds <= secondsMax) return { network: seconds, kube: seconds };
  throw new Error(`FAIRLEAD_SOAK_SECONDS is "${given}": write 1 to ${secondsMax} seconds`);
}
