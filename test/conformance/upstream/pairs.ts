// Which certificates and keys are TLS secrets sent with? A pair that fits, and what can be wrong with one.

const pem = (type: string, content: string): string => `-----BEGIN ${type}-----\n${content}\n-----END ${type}-----\n`;

const certificate = pem(
  'CERTIFICATE',
  'MIIBLjCB4aADAgECAhQnKzB7UEHMUc9Ipr0rUS+0QZ13zTAFBgMrZXAwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjYwOTMxNDZaGA8yMTI2MTEwMjA5MzE0NlowDDEKMAgGA1UEAwwBYTAqMAUGAytlcAMhAF84tzJTS4b5mjUgac96n6PbZApzTvwkiI4Vtt/ULs+/o1MwUTAdBgNVHQ4EFgQULi64zf1LcEz3n2jXXnPPWe2nj04wHwYDVR0jBBgwFoAULi64zf1LcEz3n2jXXnPPWe2nj04wDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQBY8Cg0eXSIpfMT+0CjuAi5tqUhbtzr3MXtcy0txVkjXg95E59Xz8168rGlQ1iLa7p8XaJUeoVL9bq0cTyRSDkO',
);
const key = pem('PRIVATE KEY', 'MC4CAQAwBQYDK2VwBCIEIL8RIFKseC8Yg+Ctym6vwoBx00p5bJOvq9/KWT/sjopn');
const otherKey = pem('PRIVATE KEY', 'MC4CAQAwBQYDK2VwBCIEIPQrXlVQXPN+xNRIZp8C2twfCXBJ+Iw/sAs/O0sOFTZH');
const curveCertificate = pem(
  'CERTIFICATE',
  'MIIBbzCCARWgAwIBAgIULSGconmwLQ/ZHaJdhWTiFgnvwPcwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBYTAgFw0yNjExMjYwOTMxNDZaGA8yMTI2MTEwMjA5MzE0NlowDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFeZcvbEsWwexj/E93JNmkgqx4CrrQetPuyPFXT2AXfgZDlVlVxW9gywf330XO2Dv75mCnvxEELqtf9P7yqbF3SjUzBRMB0GA1UdDgQWBBSmrUsymhz0rMzpYQzle7sCjTYRiTAfBgNVHSMEGDAWgBSmrUsymhz0rMzpYQzle7sCjTYRiTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIBCa1RSvS3dLXu99euF3Kg9vi/Yrf6FRVFvZwvxoisrlAiEAt8s4sAdGk/oD5lkdED2QoLpBsSBFNln++iVaL9HDA+I=',
);
const curveKey = pem(
  'EC PRIVATE KEY',
  'MHcCAQEEIJGm+YAOpmefYYSJXZC5CZsG3MPgGl1UoJB0vBEQm1EcoAoGCCqGSM49AwEHoUQDQgAEV5ly9sSxbB7GP8T3ck2aSCrHgKutB60+7I8VdPYBd+BkOVWVXFb2DLB/ffRc7YO/vmYKe/EQQuq1/0/vKpsXdA==',
);

const garbled = (type: string): string => pem(type, 'AAAA');

/** `tls.crt` and `tls.key`. */
export const pairs: [certificate: string, key: string][] = [
  [certificate, key],
  [curveCertificate, curveKey],
  [certificate + curveCertificate, otherKey + key],
  [certificate, otherKey],
  [certificate, curveKey],
  [curveCertificate, key],
  ['', ''],
  ['a', 'b'],
  [key, certificate],
  [garbled('X') + garbled('Y'), key],
  [garbled('X') + certificate, garbled('X') + key],
  [certificate, ''],
  [certificate, certificate],
  [certificate, garbled('X') + garbled('Y')],
  [garbled('CERTIFICATE'), key],
  [certificate, garbled('PRIVATE KEY')],
  [`some text\n${certificate.replaceAll('\n', '\r\n')}`, ` ${key}`],
  [certificate, key.replace('-----\n', '-----\nA: b\n\n')],
  [certificate, key.replace('END', 'ENDE')],
];
