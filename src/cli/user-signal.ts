/**
 * Takes SIGUSR1 away from Node, from the start to the very end; imported for that alone, before all else.
 *
 * Node's own answer to it is to open its debugger on 127.0.0.1:9229
 * (https://nodejs.org/api/process.html#signal-events): whoever may use the loopback interface could run
 * what he likes in this process, which may be root's. And without any listener the signal would end the
 * process: here it ends nothing, whenever it comes.
 */

process.on('SIGUSR1', () => {});
