/** Where a web server listens; an IPv6 address in brackets (RFC 3986, 3.2.2). */
export function webUrl(address: string, port: number, path = '/hostname'): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `http://${host}:${port}${path}`;
}
