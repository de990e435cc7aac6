import { isDeepStrictEqual } from 'node:util';
import { apiPath } from '../kube/api-path.ts';
import { applyStatus, create } from '../kube/apply.ts';
import type { KubeClient } from '../kube/client.ts';
import { type Clock, type Surroundings, systemClock } from '../kube/clock.ts';
import { ownResources } from '../kube/own-resources.ts';
import type { NodeInterface, Withdrawal } from '../model/objects.ts';
import { formatTimestamp } from '../model/timestamp.ts';
import type { Logger } from '../observe/log.ts';
import { type PoolReport, type VipNodeStatus, vipNodeStatus } from '../status/vip-node-status.ts';
import { fieldManagers } from '../tables/names.ts';
import type { AgentKinds } from './agent-kinds.ts';
import type { Watches } from './watches.ts';

/** With nothing to say the agent still calls this often. */
const callEveryMs = 30_000;

export type AgentReporterOptions = Pick<Surroundings, 'clock'> & {
  readonly node: string;
  readonly client: KubeClient;
  readonly watches: Watches<AgentKinds>;
  readonly interfaces: () => Promise<readonly NodeInterface[]>;
  /** What of the kernel's settings is too low. */
  readonly kernelTroubles?: () => Promise<readonly string[]>;
  readonly log: Logger;
};

/** Writes this node's VipNode: only its own, only when something changed (R17). */
export class AgentReporter {
  readonly #options: AgentReporterOptions;
  readonly #clock: Clock;
  #written: VipNodeStatus | undefined;
  #saidMs = 0;

  constructor(options: AgentReporterOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Says what the node serves and holds. Throws when the API server does not take it: it is to be
   * said again. One call at a time.
   */
  async report(reports: readonly PoolReport[], withdrawn: readonly Withdrawal[]): Promise<void> {
    const { kernelTroubles } = this.#options;
    const own = this.#options.watches.values('vipNode')[0];
    const status = vipNodeStatus({
      ...{ node: this.#options.node, reports, withdrawn },
      interfaces: await this.#options.interfaces(),
      ...(kernelTroubles !== undefined && { kernelTroubles: await kernelTroubles() }),
      previous: this.#written ?? own?.status,
      now: formatTimestamp(this.#clock.wallMs()),
    });
    if (own !== undefined && isDeepStrictEqual(status, this.#written)) return this.#confirm();
    await this.#write(own?.uid ?? (await this.#create()), status);
    this.#written = status;
    this.#saidMs = this.#clock.nowMs();
  }

  /**
   * A silent API server is noticed by calls only: watches that nothing comes from look the same as
   * quiet ones.
   */
  async #confirm(): Promise<void> {
    if (this.#clock.nowMs() < this.#saidMs + callEveryMs) return;
    this.#saidMs = this.#clock.nowMs();
    const { client, node } = this.#options;
    await client.request({ path: apiPath(ownResources.vipNodes, { name: node }) });
  }

  async #write(uid: string, status: VipNodeStatus): Promise<void> {
    const { client, node, log } = this.#options;
    const outcome = await applyStatus(
      { client, resource: ownResources.vipNodes },
      { metadata: { name: node }, status },
      { fieldManager: fieldManagers.agent, uid },
    );
    if (outcome.kind === 'ok') return;
    this.#written = undefined;
    const message = 'message' in outcome ? outcome.message : outcome.kind;
    log.warn('report-refused', { node, message });
    throw new Error(`VipNode ${node}: ${message}`);
  }

  /** The VipNode goes with its Node: the API server's garbage collector removes it. */
  async #create(): Promise<string> {
    const { client, node, watches } = this.#options;
    const owner = watches.values('node')[0];
    if (owner === undefined) throw new Error(`Node ${node} does not exist; is --node right?`);
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: node, uid: owner.uid }];
    const outcome = await create(
      { client, resource: ownResources.vipNodes },
      { metadata: { name: node, ownerReferences }, spec: {} },
    );
    if (outcome.kind === 'ok') return outcome.object.metadata.uid ?? '';
    throw new Error(`VipNode ${node} could not be created (${outcome.kind}); it is tried again`);
  }
}
