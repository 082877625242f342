import { text } from "../../text";
import { Dialog } from "../../ui/dialog";

const { shortcuts } = text.agent;
const all: [string, string][] = [
  ["J", shortcuts.next],
  ["K", shortcuts.previous],
  ["R", shortcuts.reply],
  ["E", shortcuts.resolve],
  ["A", shortcuts.assign],
  ["Ctrl K", shortcuts.palette],
  ["Ctrl Enter", shortcuts.send],
  ["Esc", shortcuts.leave],
  ["?", shortcuts.help],
];

export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog onClose={onClose} title={text.nav.shortcuts}>
      <dl className="facts">
        {all.map(([key, does]) => (
          <div className="shortcut" key={key}>
            <dt>
              {key.split(" ").map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
