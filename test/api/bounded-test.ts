import { test } from 'node:test';

/** Longer than the longest wait inside a test, so that the wait's own message is what is seen. */
const testMsMax = 60_000;

/** A test that fails instead of hanging. */
export function boundedTest(promise: string, check: () => Promise<void>): void {
  void test(promise, { timeout: testMsMax }, check);
}
