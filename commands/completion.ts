/** `completion`: a script that completes the program's words in a shell, on standard output. `--json`: `shell`, `script`. */
import { Problem } from '../src/market/problem.ts';
import { sentenceView } from '../src/output/sentence-view.ts';
import type { Command } from '../src/shell/command.ts';
import { completionScript, type Shell, shells } from '../src/shell/completion-script.ts';

interface CompletionOptions {
  readonly shell: string;
}

export const completion: Command<CompletionOptions> = {
  name: 'completion',
  positionals: '<shell>',
  usage: 'bash|zsh|fish',
  summary: "completion of the program's words in a shell",
  group: 'serve',
  atPrompt: false,
  examples: [
    { line: 'completion bash', says: 'in ~/.bashrc: source <(duckline completion bash)' },
    { line: 'completion fish', says: '> ~/.config/fish/completions/duckline.fish' },
  ],
  options: yargs => yargs.positional('shell', { type: 'string', demandOption: true, describe: shells.join(', ') }),
  async run({ shell: asked }, { registry, json, print }) {
    const shell = shells.find((one): one is Shell => one === asked.toLowerCase());
    if (!shell) throw new Problem('usage', `there is no completion for ${asked}; there is for ${shells.join(', ')}.`);
    const script = completionScript(shell, registry);
    if (!json) {
      print(script.replace(/\n$/, ''));
      return { view: null, exitCode: 0 };
    }
    return {
      view: sentenceView('', { shell, script }),
      exitCode: 0,
    };
  },
};
