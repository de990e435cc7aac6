/** What the Roles of the installation allow, compared with what was done. */
import type { AuditedCall } from './audit.ts';
import type { Manifest } from './manifests.ts';

/** One thing a rule allows: `create coordination.k8s.io/leases @fairlead-system`. */
export type Permission = {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `services/status`. */
  readonly resource: string;
  /** Undefined: in the whole cluster. */
  readonly namespace?: string;
  /** Undefined: any. */
  readonly names?: readonly string[];
};

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
};
type Binding = Manifest & {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly name: string; readonly namespace: string }[];
};

/** Everything the bindings among these manifests allow a ServiceAccount, one verb at a time. */
export function permissionsOf(manifests: readonly Manifest[], account: string): Permission[] {
  const [, , namespace, name] = account.split(':');
  const bindings = manifests.filter(({ kind }) => kind.endsWith('RoleBinding')) as Binding[];
  return bindings
    .filter(({ subjects }) => subjects.some((s) => s.name === name && s.namespace === namespace))
    .flatMap(({ roleRef, metadata }) => {
      const role = manifests.find(
        (m) =>
          m.kind === roleRef.kind &&
          m.metadata.name === roleRef.name &&
          m.metadata.namespace === metadata.namespace,
      );
      if (role === undefined) throw new Error(`no ${roleRef.kind} ${roleRef.name}`);
      const rules = role['rules'] as readonly Rule[];
      return rules.flatMap((rule) => permissionsOfRule(rule, metadata.namespace));
    });
}

function permissionsOfRule(rule: Rule, namespace: string | undefined): Permission[] {
  return rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      rule.verbs.map((verb) => ({
        ...{ verb, group, resource },
        ...(namespace !== undefined && { namespace }),
        ...(rule.resourceNames !== undefined && { names: rule.resourceNames }),
      })),
    ),
  );
}

/** One line a person can read. */
export function permissionText({ verb, group, resource, namespace, names }: Permission): string {
  const where = namespace === undefined ? '' : ` @${namespace}`;
  const which = names === undefined ? '' : ` [${names.join(', ')}]`;
  return `${verb} ${group === '' ? 'core' : group}/${resource}${which}${where}`;
}

/** What a call needed: an apply that creates needs the right to create as well. */
export function neededBy(call: AuditedCall): Permission[] {
  const { group, namespace } = call;
  const resource = call.subresource === '' ? call.resource : `${call.resource}/${call.subresource}`;
  const isCreation = call.verb === 'patch' && call.code === 201;
  const verbs = isCreation ? [call.verb, 'create'] : [call.verb];
  // Names are said where there is one: on creation the API server knows none.
  const names = call.name === '' ? {} : { names: [call.name] };
  return verbs.map((verb) => ({ verb, group, resource, namespace, ...names }));
}

/** Whether the permission is one that the call made use of. */
export function covers(permission: Permission, needed: Permission): boolean {
  const { verb, group, resource, namespace, names } = permission;
  return (
    verb === needed.verb &&
    group === needed.group &&
    resource === needed.resource &&
    (namespace === undefined || namespace === needed.namespace) &&
    (names === undefined || names.some((name) => needed.names?.includes(name)))
  );
}
