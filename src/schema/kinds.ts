import type * as z from 'zod';
import { poolNameLengthMax } from './fields.ts';
import type { Rule } from './rules.ts';
import { vipNameRule, vipSpec, vipStatus } from './vip.ts';
import { vipNodeSpec, vipNodeStatus } from './vip-node.ts';
import { vipPolicySpec, vipPolicyStatus } from './vip-policy.ts';
import { vipPoolSpec, vipPoolStatus } from './vip-pool.ts';
import { vrrpInstanceNameRule, vrrpInstanceSpec, vrrpInstanceStatus } from './vrrp-instance.ts';

/** A column of `kubectl get`; `wide` ones are shown with `-o wide` only. */
export type Column = {
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly type?: 'string' | 'integer' | 'date';
  readonly wide?: boolean;
};

/** One kind of the API: what a CRD is made from. */
export type Kind = {
  readonly kind: string;
  readonly plural: string;
  /** Cluster unless told. */
  readonly scope?: 'Namespaced';
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: z.ZodType;
  readonly specRequired: boolean;
  readonly status: z.ZodType;
  readonly rules: readonly Rule[];
  readonly columns: readonly Column[];
  readonly selectable: readonly string[];
};

const age: Column = {
  name: 'Age',
  path: '.metadata.creationTimestamp',
  description: 'Time since the object was created.',
  type: 'date',
};

function condition(name: string, type = name): Column {
  return {
    name,
    path: `.status.conditions[?(@.type=="${type}")].status`,
    description: `Condition ${type}.`,
  };
}

function usage(name: string, family: string, field: string): Column {
  return {
    name,
    path: `.status.addresses[?(@.family=="${family}")].${field}`,
    description: `${family} addresses: ${field}.`,
  };
}

const poolNameRule: Rule = {
  rule: `self.metadata.name.size() <= ${poolNameLengthMax} && !self.metadata.name.contains('.')`,
  message: `\`metadata.name\` must be at most ${poolNameLengthMax} characters without dots: it names files and DaemonSets on the nodes`,
};

const vipPool: Kind = {
  kind: 'VipPool',
  plural: 'vippools',
  shortNames: ['vpool'],
  description: 'Addresses for LoadBalancer Services: which, for whom, where and how served.',
  spec: vipPoolSpec,
  specRequired: true,
  status: vipPoolStatus,
  rules: [poolNameRule],
  columns: [
    { name: 'Addresses', path: '.spec.addresses', description: 'What VIPs are taken from.' },
    condition('Ready'),
    usage('IPv4 Used', 'IPv4', 'used'),
    usage('IPv4 Free', 'IPv4', 'free'),
    usage('IPv6 Used', 'IPv6', 'used'),
    usage('IPv6 Free', 'IPv6', 'free'),
    {
      name: 'Waiting',
      path: '.status.waitingServices',
      description: 'Services that wait for an address.',
      type: 'integer',
    },
    { ...condition('Valid'), wide: true },
    {
      name: 'Reason',
      path: '.status.conditions[?(@.type=="Ready")].message',
      description: 'Why it is ready, or not.',
      wide: true,
    },
    age,
  ],
  selectable: [],
};

const vip: Kind = {
  kind: 'Vip',
  plural: 'vips',
  shortNames: [],
  description: 'One address that a Service holds. Written by the controller.',
  spec: vipSpec,
  specRequired: true,
  status: vipStatus,
  rules: [vipNameRule],
  columns: [
    { name: 'Address', path: '.spec.address', description: 'The address.' },
    { name: 'Pool', path: '.spec.pool', description: 'VipPool it was taken from.' },
    { name: 'Services', path: '.status.services', description: 'The Services that have it.' },
    { name: 'Instance', path: '.spec.instance', description: 'VrrpInstance that carries it.' },
    { name: 'Node', path: '.status.node', description: 'Node that answers on it now.' },
    { name: 'Phase', path: '.spec.phase', description: 'Held, Stranded, Cooling and so on.' },
    age,
  ],
  selectable: ['.spec.pool', '.spec.instance'],
};

const vrrpInstance: Kind = {
  kind: 'VrrpInstance',
  plural: 'vrrpinstances',
  shortNames: ['vrrp'],
  description:
    'One VRRP instance: its VRID and what its nodes agree on. Written by the controller.',
  spec: vrrpInstanceSpec,
  specRequired: true,
  status: vrrpInstanceStatus,
  rules: [vrrpInstanceNameRule],
  columns: [
    { name: 'Segment', path: '.spec.segment', description: 'The L2 network.' },
    { name: 'VRID', path: '.spec.vrid', description: 'On that network.', type: 'integer' },
    { name: 'Pool', path: '.spec.pool', description: 'VipPool whose VIPs it carries.' },
    { name: 'Holder', path: '.status.holder', description: 'Node that holds it now.' },
    condition('Held'),
    { name: 'Members', path: '.status.members', description: 'Nodes by rank.' },
    { name: 'Anchor', path: '.spec.anchor', description: 'Address in the adverts.', wide: true },
    age,
  ],
  selectable: ['.spec.pool', '.spec.segment'],
};

const vipNode: Kind = {
  kind: 'VipNode',
  plural: 'vipnodes',
  shortNames: ['vnode'],
  description: 'What one node serves, as its agent reports it. Written by that agent only.',
  spec: vipNodeSpec,
  specRequired: false,
  status: vipNodeStatus,
  rules: [],
  columns: [
    condition('Ready'),
    {
      name: 'Held',
      path: '.status.heldInstances',
      description: 'VRRP instances that it holds.',
      type: 'integer',
    },
    {
      name: 'Reason',
      path: '.status.conditions[?(@.type=="Ready")].message',
      description: 'Why it is ready, or not.',
    },
    age,
  ],
  selectable: [],
};

const vipPolicy: Kind = {
  kind: 'VipPolicy',
  plural: 'vippolicies',
  scope: 'Namespaced',
  shortNames: ['vpol'],
  description:
    'Settings for the Services of its namespace that name it by annotation fairlead.dev/policy.',
  spec: vipPolicySpec,
  specRequired: true,
  status: vipPolicyStatus,
  rules: [],
  columns: [
    { name: 'Protocol', path: '.spec.protocol', description: 'What is read: TCP, HTTP.' },
    { name: 'TLS', path: '.spec.tlsSecrets', description: 'Secrets with which TLS is ended.' },
    { name: 'Balance', path: '.spec.balance', description: 'How connections are shared out.' },
    age,
  ],
  selectable: [],
};

/** Every kind of the API group, in the order people meet them. */
export const kinds: readonly Kind[] = [vipPool, vipPolicy, vip, vrrpInstance, vipNode];
