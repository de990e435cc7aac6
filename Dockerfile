# Fairlead's one image: controller, agent, CLI, and the data plane's daemons under their supervisors.
# The base is Debian stable; an air-gapped builder passes its own copy: --build-arg BASE=...
ARG BASE=debian:trixie-slim
FROM ${BASE}

# One layer that changes with Debian only. No recommends: they would bring rsyslog and snmpd.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      haproxy keepalived nftables iproute2 conntrack socat ca-certificates \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/cache/ldconfig/aux-cache

# Node 24 is the binary of the npm package node-linux-<arch>; `npm run build` puts it there.
COPY dist/image/node /usr/local/bin/node

RUN mkdir -p /usr/local/lib/fairlead \
 && printf '%s\n' '#!/bin/sh' \
      'exec /usr/local/bin/node /usr/local/lib/fairlead/fairlead.mjs "$@"' \
      > /usr/local/bin/fairlead \
 && printf '%s\n' '#!/bin/sh' 'exec /usr/local/bin/fairlead __complete "$@"' \
      > /usr/local/bin/kubectl_complete-fairlead \
 && chmod 0755 /usr/local/bin/fairlead /usr/local/bin/kubectl_complete-fairlead \
 && ln -s fairlead /usr/local/bin/kubectl-fairlead

# Supervisors and probes of the daemons' containers.
COPY image/bin/ /usr/local/bin/

# Last, because they change with every commit and are small.
COPY dist/fairlead.mjs dist/fairlead.mjs.map /usr/local/lib/fairlead/
COPY dist/fairlead/ /usr/local/lib/fairlead/fairlead/

# The controller runs as this user; the agent's and the daemons' pods name root themselves.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/fairlead"]
