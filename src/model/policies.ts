import { Remembered } from '../lib/remembered.ts';
import { annotations } from '../tables/names.ts';
import type { Policy, Service } from './objects.ts';
import { parseMetadata } from './parse-metadata.ts';
import { fieldsOf, type Raw } from './raw.ts';
import { settingFields } from './service-settings.ts';

/** Reads a VipPolicy; what no schema lets pass sets nothing. */
export function parsePolicy(raw: Raw): Policy | undefined {
  const metadata = parseMetadata(raw);
  if (metadata === undefined) return undefined;
  const { namespace, name } = metadata;
  return { namespace, name, settings: settingFields(fieldsOf(raw)['spec']) };
}

/** One Service under one policy stays one object. */
const governed = new Remembered<Service, Service>();

/** Puts into each Service the policy that it names; those that name none are the same objects. */
export function withPolicies(
  services: readonly Service[],
  policies: readonly Policy[],
): readonly Service[] {
  if (services.every(({ annotations: own }) => own[annotations.policy] === undefined)) {
    return services;
  }
  const byName = new Map(policies.map((policy) => [`${policy.namespace}/${policy.name}`, policy]));
  return services.map((service) => {
    const name = service.annotations[annotations.policy]?.trim() ?? '';
    if (name === '') return service;
    const settings = byName.get(`${service.namespace}/${name}`)?.settings;
    return governed.of(service, [settings], () => ({ ...service, policy: { name, settings } }));
  });
}
