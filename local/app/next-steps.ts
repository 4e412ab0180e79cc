import type { Endpoints } from './endpoints.ts';

/** What the user can do now, each as a command to copy. */
export function describeNextSteps(
  { functions, control, route, source, target, ca }: Endpoints,
  transfer: string,
): string[] {
  const from = source.registry;
  const to = target.registry;
  return [
    '',
    `The app answers at ${functions.url}/api (function key ${functions.key}).`,
    '',
    'Look at the transfer:',
    `  curl -H 'x-functions-key: ${functions.key}' ${functions.url}/api/transfers/${transfer}`,
    '',
    'Push an image of your own, with skopeo or with docker:',
    `  skopeo copy --dest-tls-verify=false --dest-creds ${from.username}:${from.password} docker://docker.io/library/alpine:3 docker://${from.loginServer}/team/alpine:3`,
    `  docker login -u ${from.username} -p ${from.password} ${from.loginServer} && docker tag alpine:3 ${from.loginServer}/team/alpine:3 && docker push ${from.loginServer}/team/alpine:3`,
    '',
    'Transfer it, and read it from the target:',
    `  curl -X POST -H 'x-functions-key: ${functions.key}' -d '{"route":"${route}","artifacts":["team/alpine:3"]}' ${functions.url}/api/transfers`,
    `  skopeo inspect --tls-verify=false --creds ${to.username}:${to.password} docker://${to.loginServer}/team/alpine:3`,
    '',
    'Break something, see who called what, and mend it (docs/local-cloud.md):',
    `  curl -H 'authorization: Bearer ${control.key}' -d '"throttled"' ${control.url}/faults`,
    `  curl -H 'authorization: Bearer ${control.key}' '${control.url}/calls?fault=*'`,
    `  curl -H 'authorization: Bearer ${control.key}' -X DELETE ${control.url}/faults`,
    '',
    `Scripts find all of this in endpoints.json beside ${ca}.`,
    'Ctrl-C stops everything and keeps the state; npm run reset forgets it.',
  ];
}
