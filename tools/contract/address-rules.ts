import type { RuleChapter } from './rule.ts';

/**
 * A1–A65: who gets which address, for how long. Numbers are never re-used; a new rule gets the next
 * one.
 */
export const addressRules: readonly RuleChapter[] = [
  {
    title: 'Input, output, order',
    rules: {
      A1: 'The same objects in any order give the same result; time comes in as a value',
      A2: 'Services that hold something come before those that wait; then by age, name, UID',
      A3: 'A Service has all it is granted, or a refusal; the same value feeds everything people see',
      A4: 'One Vip an address, named after it in one form; made by a plain create, so a race ends in 409',
      A5: 'A Vip records pool and holders with UID, sharing key and ports; the UID decides, not the name',
      A6: 'Of two addresses the second fails: the first is given back unless it alone would do',
      A7: 'Nothing changed, nothing is written',
    },
  },
  {
    title: 'Ranges',
    rules: {
      A8: 'A CIDR, a from–to range or one address; strict reading; blanks around it do not matter',
      A9: 'Every address of a CIDR can be used, the first and the last too',
      A10: 'A range that cannot be is refused by the schema, or makes the pool invalid',
      A11: 'Ranges of one pool that overlap make it invalid; the condition names both',
      A12: 'Of two pools that overlap the older one has the shared part; the younger one says so',
      A13: 'Counts are exact at any size; a full pool is known without visiting its addresses',
      A14: 'Excluded addresses are not part of the pool: never given, refused on request, not counted',
    },
  },
  {
    title: 'Which address of a pool',
    rules: {
      A15: 'First fit: ranges as written, ascending in each',
      A16: 'Free is what has no Vip, a cooling Vip, or holders that share; not what is reserved or retained',
      A17: 'A withdrawn address cools down: passed over while another is free, never a reason to wait',
    },
  },
  {
    title: 'Which pool',
    rules: {
      A18: 'Pools with a selector or priority that match go first, then plain ones; never one that does not match',
      A19: 'A pool matches when its namespace selector and its Service selector both do; empty matches all',
      A20: 'A priority alone makes a pool go before plain ones',
      A21: '1 goes before 2; 0 goes last; equals go by name',
      A22: 'A full pool passes the Service on to the next one',
      A23: 'All addresses of a Service come from one pool',
    },
  },
  {
    title: 'Requests by the owner',
    rules: {
      A24: 'Addresses are asked for by annotation or spec.loadBalancerIP; with both the Service is refused',
      A25: 'Three addresses, two of one family or one twice are refused',
      A26: 'A request has exactly the families of the Service',
      A27: 'A requested address lies in one pool that the Service may use, is not excluded, and is free or shared',
      A28: 'A requested pool is used even if it serves on request only; unknown or unfit, the Service is refused',
      A29: 'With pool and address requested, the address must be of that pool',
      A30: 'A request that cannot be met is never answered with another address',
      A31: 'A changed request moves the Service if it can be met, and costs it nothing if it cannot',
    },
  },
  {
    title: 'Sharing one address',
    rules: {
      A32: 'Two Services share if their keys are equal, they are of one namespace, and no port occurs twice',
      A33: 'Equal keys in two namespaces do not share',
      A34: 'Ports collide by number and protocol; node ports and target ports play no part',
      A35: 'Traffic policy and selectors do not limit sharing',
      A36: 'A key permits sharing and does not force it: first fit over free and shared addresses',
      A37: 'Who becomes incompatible gives way, the others keep; a shared address counts once',
    },
  },
  {
    title: 'Families and dual stack',
    rules: {
      A38: 'The families of a Service are those of its cluster IPs',
      A39: 'No cluster IP: no address, what was held is released, and that is said',
      A40: 'Status lists addresses in the order of spec.ipFamilies',
      A41: 'RequireDualStack takes both families from one pool, or nothing',
      A42: 'PreferDualStack with one cluster IP takes one address, from a pool with both families too',
      A43: 'PreferDualStack takes both from one pool first, else one address, and says it is partial',
      A44: 'The missing second address comes when its pool can give it; the pool does not change',
      A45: 'A family that goes releases exactly its address; one that comes adds one of the same pool',
    },
  },
  {
    title: 'Pools that change',
    rules: {
      A46: 'An address its pool still contains stays, whatever else of pools changes',
      A47: 'Another pool that contains the address now takes over the record; the address stays',
      A48: 'An address no pool contains any more keeps serving, stranded; a pool in use is not deleted',
      A49: 'Labels that no longer match cost nothing and are said; a release is final',
      A50: 'One of two addresses leaves the pool: only that one is stranded',
      A51: 'An invalid pool gives nothing and takes nothing; other pools work on',
      A52: 'Nodes serve what Vips say and judge no ranges',
    },
  },
  {
    title: 'Lifecycle and adoption',
    rules: {
      A53: 'A Vip with the UID is a valid claim; a lost one is made anew from the Service’s own status',
      A54: 'Nothing is given or written before all caches have synced; claims come before wishes',
      A55: 'Status that cannot be is replaced in one pass; before pools exist nothing is cleared',
      A56: 'Of two claims to one address the Vip decides, else the order of A2',
      A57: 'A Service that goes, or changes its type: withdraw, confirm, release; then who waits is asked again',
      A58: 'Who waits is woken by what could help, and by the end of a retention or quarantine',
      A59: 'Who waits never takes what somebody can keep',
      A64: 'An address that a silent node may still serve is quarantined until that is settled',
      A65: 'A Vip deleted by hand stays while it is held, and its Service keeps the address',
    },
  },
  {
    title: 'Reservations, retention, quotas',
    rules: {
      A60: 'A reserved address goes only to whom it is reserved for, and to them first; nobody is thrown out',
      A61: 'A retained address is kept for the same namespace and name for a stated time',
      A62: 'A grant beyond a quota is refused with used and limit; a lower quota takes nothing away',
      A63: 'Reservations, retention and quotas move nobody who holds something',
    },
  },
];
