/** Sends a signal to a process and to the group it leads; false when there is nobody left to receive it. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  return send(-pid, signal) || send(pid, signal);
}

function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}
