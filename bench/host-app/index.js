const { app } = require('@azure/functions');
const df = require('durable-functions');

df.app.activity('nothing', { handler: async (value) => value });

df.app.orchestration('fanOut', function* (context) {
  const count = context.df.getInput();
  const tasks = [];
  for (let index = 0; index < count; index++) tasks.push(context.df.callActivity('nothing', index));
  const results = yield context.df.Task.all(tasks);
  return results.reduce((sum, value) => sum + value, 0);
});

df.app.orchestration('chain', function* (context) {
  let sum = 0;
  for (let index = 0; index < context.df.getInput(); index++) sum += yield context.df.callActivity('nothing', index);
  return sum;
});

app.http('start', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'start/{name}/{count}',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const { name, count } = request.params;
    return { jsonBody: { id: await df.getClient(context).startNew(name, { input: Number(count) }) } };
  },
});
