/** Real servers whose port stays open when they serve nobody, and the clients they have. */
import { webUrl } from '../lab/web-url.ts';
import { python } from './machine-pod.ts';

/** A kind of server behind a Service. Scripts are bash's; $HOSTNAME is the pod's name there. */
export type CheckedServer = {
  readonly name: string;
  /** How it is found out whether it is well. */
  readonly by: string;
  readonly port: number;
  /** Without `fairlead.dev/`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Runs in the pod; /data is its folder. */
  readonly start: string;
  /** Runs beside it, in a container of its own. */
  readonly beside?: string;
  readonly user?: number;
  /** The client's command: prints the name of the pod that served it, or fails. */
  readonly ask: (address: string) => readonly string[];
  /** In the pod: it serves nobody from now on, with its port as open as before. */
  readonly spoil: string;
  /** What its own clients then hear of it, past HAProxy. */
  readonly hears: RegExp;
  /** What the nodes then say of it. */
  readonly why: RegExp;
  readonly heal: string;
};

/** It loads its data, and takes its time. */
const redis: CheckedServer = {
  ...{ name: 'redis', port: 6379, by: 'Redis', settings: { 'health-check': 'Redis' } },
  // Debian's tools have the server as well, by the name of redis-check-rdb.
  start: `
    (exec -a redis-server redis-check-rdb --bind '*' '-::*' --protected-mode no --dir /data \\
      --save '' --rdbcompression no --enable-debug-command yes \\
      --loading-process-events-interval-bytes 1024) &
    until redis-cli -e set pod "$HOSTNAME"; do sleep 0.1; done
    wait`,
  ask: (address) => ['redis-cli', '-e', '-h', address, 'get', 'pod'],
  spoil: `
    redis-cli -e debug populate 20000 key 1100
    redis-cli -e config set key-load-delay 20000
    redis-cli debug reload > /dev/null 2>&1 < /dev/null &`,
  hears: /LOADING Redis is loading the dataset in memory/,
  // HAProxy waits for a PONG that does not come, and quotes nothing.
  why: /: L7TOUT/,
  heal: 'redis-cli -e config set key-load-delay 0',
};

const mariadb = ['mariadb', '--no-defaults', '--skip-ssl', '--connect-timeout=5'];
const inPod = [...mariadb, '-h', '127.0.0.1'].join(' ');

/** It has as many clients as it takes. */
const mysql: CheckedServer = {
  ...{ name: 'mysql', port: 3306, by: 'MySQL' },
  settings: { 'health-check': 'MySQL', 'health-check-user': 'health' },
  start: `
    server='mariadbd --no-defaults --user=root --datadir=/data/db --innodb-use-native-aio=0'
    mkdir /data/db
    tables=(/usr/share/m{ysql,ariadb}/m{ysql,ariadb}_{system,performance}_tables.sql)
    tables+=(/usr/share/m{ysql,ariadb}/m{ysql,ariadb}_system_tables_data.sql)
    { printf '%s;\\n' 'CREATE DATABASE mysql' 'USE mysql'; cat "\${tables[@]}" 2> /dev/null; } |
      $server --bootstrap --skip-grant-tables --innodb-log-file-size=8M
    printf '%s;\\n' "CREATE USER health@'%'" "CREATE USER app@'%'" "CREATE USER boss@'%'" \\
      "GRANT ALL ON *.* TO boss@'%'" > /data/users.sql
    exec $server --init-file=/data/users.sql --socket=/data/socket --skip-name-resolve \\
      --max-connections=20 --innodb-buffer-pool-size=16M --innodb-log-file-size=8M`,
  ask: (address) => [...mariadb, '-h', address, '-u', 'app', '-NBe', 'SELECT @@hostname'],
  spoil: `
    sit() { until ${inPod} -u app -e 'DO SLEEP(600)' || [ -e /data/free ]; do sleep 0.1; done; }
    for client in {1..20}; do sit > /dev/null 2>&1 < /dev/null & done`,
  hears: /Too many connections/,
  why: /: L7STS.*Too many connections/,
  // One more is taken of who may do everything, unless a check has that place for a moment.
  heal: `touch /data/free; until ${inPod} -u boss -e 'KILL USER app'; do sleep 0.1; done`,
};

const ofPostgresql = `
  PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
  export PGDATA=/data/db`;

/** It follows another one, which it shows nobody, until it is made the first. */
const postgresql: CheckedServer = {
  ...{ name: 'postgresql', port: 5432, by: 'PostgreSQL' },
  settings: { 'health-check': 'PostgreSQL', 'health-check-user': 'health' },
  // As root it would not run.
  user: 65_534,
  start: `${ofPostgresql}
    initdb -U app -A trust -N --no-locale
    echo 'host all all all trust' >> $PGDATA/pg_hba.conf
    printf '%s\\n' "listen_addresses = '*'" 'shared_buffers = 16MB' \\
      "unix_socket_directories = '/data'" "cluster_name = '$HOSTNAME'" >> $PGDATA/postgresql.conf
    pg_ctl start -w -l /data/log
    psql -h 127.0.0.1 -U app -d postgres -c 'CREATE ROLE health LOGIN'
    exec sleep infinity`,
  ask: (address) => ['psql', '-h', address, '-U', 'app', '-d', 'postgres', '-Atc', shown],
  spoil: `${ofPostgresql}
    touch $PGDATA/standby.signal
    pg_ctl restart -w -m fast -l /data/log -o '-c hot_standby=off'`,
  hears: /the database system is not accepting connections/,
  // HAProxy quotes no more than PostgreSQL's first word.
  why: /: L7RSP: FATAL/,
  heal: `${ofPostgresql}
    pg_ctl promote -w`,
};
const shown = 'SHOW cluster_name';

/** A mail, and who greeted whom it came from. */
const mail = `
import smtplib, sys
with smtplib.SMTP(timeout=5, local_hostname='client.example.com') as smtp:
    _, greeting = smtp.connect(sys.argv[1], 25)
    smtp.sendmail('a@example.com', ['b@example.com'], 'Subject: hello\\r\\n\\r\\nhello\\r\\n')
print(greeting.decode().split()[0])
`;

/** It hangs. */
const smtp: CheckedServer = {
  ...{ name: 'smtp', port: 25, by: 'SMTP', settings: { 'health-check': 'SMTP' } },
  start: `
    listen() {
      python3 /usr/bin/aiosmtpd -n -l "$1:25" -c aiosmtpd.handlers.Sink &
      echo $! >> /data/pids
    }
    listen 0.0.0.0
    listen ::
    wait`,
  ask: (address) => ['/usr/bin/python3', '-c', mail, address],
  spoil: 'kill -STOP $(cat /data/pids)',
  hears: /timed out/,
  // Those it does not take wait for it, until there is no more room to wait.
  why: /: L[47]TOUT/,
  heal: 'kill -CONT $(cat /data/pids)',
};

const curl = (port: number) => (address: string) => [
  ...['curl', '-fsS', '-g', '-m', '5', webUrl(address, port)],
];

/** It serves as well as ever, and says that it should not. */
const agent: CheckedServer = {
  ...{ name: 'agent', port: 8080, by: 'its own agent' },
  settings: { 'agent-check-port': '9391', 'agent-check-interval-seconds': '1' },
  start: `
    echo up ready > /data/says
    exec /program netexec --http-port=8080`,
  beside: "exec socat TCP6-LISTEN:9391,ipv6only=0,fork,reuseaddr SYSTEM:'cat /data/says'",
  ask: curl(8080),
  spoil: "echo 'down # database is gone' > /data/says",
  hears: /^agent-ill/,
  why: /: its own agent, L7STS.*database is gone/,
  heal: 'echo up ready > /data/says',
};

/** It passes each check and fails its clients. */
const passive: CheckedServer = {
  ...{ name: 'passive', port: 8081, by: 'what it answers to clients' },
  settings: {
    ...{ protocol: 'HTTP', 'health-check': 'HTTP', 'health-check-path': '/healthz' },
    'passive-check': 'Responses',
    // Its checks bring it back: after 20 s.
    ...{ 'health-check-rise': '10', 'health-check-fast-interval-milliseconds': '2000' },
  },
  start: python('ill-web-server.py'),
  ask: curl(8081),
  spoil: 'touch /data/ill',
  hears: /error: 500/,
  why: /: (HANA: .*consecutive errors|what clients got \(passive-check\).*: L7OK 200)/,
  heal: 'rm /data/ill',
};

export const servers: readonly CheckedServer[] = [redis, mysql, postgresql, smtp, agent, passive];

const checkedWeb = 'checked-web-server.py';

/** It answers as it always does, with another status than the one that is agreed on. */
const status: CheckedServer = {
  ...{ name: 'status', port: 8082, by: 'the status of its answer to OPTIONS' },
  settings: {
    ...{ 'health-check': 'HTTP', 'health-check-path': '/healthz' },
    ...{ 'health-check-method': 'OPTIONS', 'health-check-status': '204' },
  },
  start: `echo 204 > /data/says\n${python(checkedWeb, '8082', 'OPTIONS', "''")}`,
  ask: curl(8082),
  // By default that is well.
  spoil: 'echo 200 > /data/says',
  hears: /^status-ill/,
  why: /: L7STS 200/,
  heal: 'echo 204 > /data/says',
};

const host = 'shop.example.com';

/** It says in so many words that it is ill, with a status of 200. */
const body: CheckedServer = {
  ...{ name: 'body', port: 8083, by: `what it says to who asks for ${host}` },
  settings: {
    ...{ 'health-check': 'HTTP', 'health-check-path': '/healthz', 'health-check-host': host },
    'health-check-body': 'database: ok',
  },
  start: `echo 200 web: ok, database: ok > /data/says\n${python(checkedWeb, '8083', 'GET', host)}`,
  ask: curl(8083),
  spoil: 'echo 200 web: ok, database: gone > /data/says',
  hears: /^body-ill/,
  why: /: L7RSP/,
  heal: 'echo 200 web: ok, database: ok > /data/says',
};

/** It serves on one port, and takes connections on the other while it wants clients. */
function twoPorts(port: number, checked: number): Pick<CheckedServer, 'start' | 'spoil' | 'heal'> {
  const listener = `socat TCP6-LISTEN:${checked},ipv6only=0,fork,reuseaddr SYSTEM:true`;
  const listen = `${listener} > /dev/null 2>&1 < /dev/null & echo $! > /data/listener`;
  return {
    start: `${listen}\nexec /program netexec --http-port=${port}`,
    spoil: 'kill $(cat /data/listener)',
    heal: listen,
  };
}

/** The port of its traffic is as open as ever. */
const port: CheckedServer = {
  ...{ name: 'port', port: 8084, by: 'a port of its own for checks' },
  settings: { 'health-check-port': '8094' },
  ...twoPorts(8084, 8094),
  ask: curl(8084),
  hears: /^port-ill/,
  why: /: L4CON/,
};

/** Each is found out only by what its Service says of its checks. */
export const agreedServers: readonly CheckedServer[] = [status, body, port];

/** How long one that comes back is spared. */
export const slowStartSeconds = 40;

/** One that is spared when it comes back. */
export const slow: CheckedServer = {
  ...port,
  ...{ name: 'slow', port: 8085, by: 'how long it has been back (slow-start-seconds)' },
  settings: { 'health-check-port': '8095', 'slow-start-seconds': `${slowStartSeconds}` },
  ...twoPorts(8085, 8095),
  ask: curl(8085),
  hears: /^slow-ill/,
};
