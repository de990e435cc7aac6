const own = '/apis/fairlead.dev/v1alpha1';

/** Where things are in the API; a collection without a name. */
export const paths = {
  service: (namespace: string, name = '') => `/api/v1/namespaces/${namespace}/services${at(name)}`,
  namespace: (name = '') => `/api/v1/namespaces${at(name)}`,
  node: (name = '') => `/api/v1/nodes${at(name)}`,
  pod: (name = '') => `/api/v1/namespaces/fairlead-nodes/pods${at(name)}`,
  daemonSet: (name = '') => `/apis/apps/v1/namespaces/fairlead-nodes/daemonsets${at(name)}`,
  lease: (namespace: string, name = '') =>
    `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases${at(name)}`,
  pool: (name = '') => `${own}/vippools${at(name)}`,
  vip: (name = '') => `${own}/vips${at(name)}`,
  instance: (name = '') => `${own}/vrrpinstances${at(name)}`,
  vipNode: (name = '') => `${own}/vipnodes${at(name)}`,
};

function at(name: string): string {
  return name === '' ? '' : `/${name}`;
}
