/**
 * How a frontend of HAProxy is named: `<namespace>_<service>_<port>_<Vip>`. Underscores stand in
 * none of the parts, so no two frontends ever share a name. While a Service moves it has two
 * addresses of a family (A31); the Vip's name tells them apart.
 */
export function frontendName(of: {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly vip: string;
}): string {
  return `${of.namespace}_${of.service}_${of.port}_${of.vip}`;
}

/** The end of a frontend's name that says where it listens: `<port>_<Vip>`. */
export function frontendEndpoint(name: string): string {
  const second = name.indexOf('_', name.indexOf('_') + 1);
  return second < 0 ? '' : name.slice(second + 1);
}
