import { portOfHost } from '../../../../local/cloud/host-ports.ts';
import { DEFAULT_PORTS, portSetting, readPorts, TARGET_PORTS } from '../../../../local/cloud/ports.ts';
import { CLOUD_NAMES } from '../../../../local/names.ts';

describe('readPorts', () => {
  it("gives the target's cloud ports of its own, and settings of its own", () => {
    const ports = readPorts({ LOCAL_PORT_PROXY: '1', LOCAL_PORT_TARGET_ARM: '2' }, TARGET_PORTS);
    expect(ports).toMatchObject({ proxy: DEFAULT_PORTS.proxy + 100, arm: 2 });
    const first = Object.values(readPorts({}));
    expect(Object.values(readPorts({}, TARGET_PORTS)).filter((port) => first.includes(port))).toEqual([]);
  });

  it('names the setting of the range that is wrong', () => {
    expect(() => readPorts({ LOCAL_PORT_TARGET_LOGIN: 'x' }, TARGET_PORTS)).toThrow(/^LOCAL_PORT_TARGET_LOGIN is 'x'/);
    expect(portSetting('login', TARGET_PORTS)).toBe('LOCAL_PORT_TARGET_LOGIN');
  });
});

describe('portOfHost', () => {
  it('leads every name of the clouds to its service, and no name of another cloud', () => {
    const hosts = ['management', 'login', 'v.vault', 'srcstore.blob', 'srcregistry.azurecr'];
    const portsOf = (cloud: string, clouds: readonly ('source' | 'target')[]) =>
      hosts.map((host) => portOfHost(`${host}.${cloud}.test`, DEFAULT_PORTS, clouds));
    const { arm, login, vault, blob, registrySourceHttps, registryTargetHttps } = DEFAULT_PORTS;
    expect(portsOf('source', ['source'])).toEqual([arm, login, vault, blob, registrySourceHttps]);
    expect(portsOf('target', CLOUD_NAMES)).toEqual([arm, login, vault, blob, registryTargetHttps]);
    expect(portsOf('target', ['source'])).toEqual(hosts.map(() => undefined));
    expect(portOfHost('example.com', DEFAULT_PORTS, CLOUD_NAMES)).toBeUndefined();
  });
});
