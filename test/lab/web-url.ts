/** Where a web server listens; an IPv6 address in brackets (RFC 3986, 3.2.2). */
export function webUrl(address: string, port: number, path = '/hostname'): string {
  return `http://${urlHost(address)}:${port}${path}`;
}

/** An address as a URL has it, and whatever else writes a port behind it. */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
