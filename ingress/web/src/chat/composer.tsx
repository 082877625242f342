import { useLayoutEffect, useState, type ReactNode, type RefObject } from "react";

import { text } from "../text";
import { Button } from "../ui/button";

const MOST = 8_000;
const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

interface Props {
  /** Under this name what is written is kept until it is sent. */
  draftKey: string;
  onSend: (content: string) => void;
  onType: () => void;
  /** Called with whether something is written. */
  onChange?: (written: boolean) => void;
  placeholder?: string;
  warning?: ReactNode;
  /** Says no when something is to be looked at first. */
  maySend?: () => boolean;
  fieldRef: RefObject<HTMLTextAreaElement | null>;
}

export function Composer({ draftKey, onSend, onType, onChange, placeholder, warning, maySend, fieldRef }: Props) {
  const key = `deskwire.reply.${draftKey}`;
  const [content, setContent] = useState(() => sessionStorage.getItem(key) ?? "");

  const write = (written: string) => {
    setContent(written);
    if (written) {
      sessionStorage.setItem(key, written);
    } else {
      sessionStorage.removeItem(key);
    }
    onChange?.(written !== "");
  };
  const send = () => {
    if (content.trim() && (maySend?.() ?? true)) {
      onSend(content.trim());
      write("");
    }
  };

  // As high as what is written, up to a third of the window.
  useLayoutEffect(() => {
    const element = fieldRef.current;
    if (element) {
      element.style.height = "auto";
      element.style.height = `${String(Math.min(element.scrollHeight + 2, window.innerHeight / 3))}px`;
    }
  }, [content, fieldRef]);

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {warning}
      <div className="composer-box">
        <textarea
          aria-label={placeholder ?? text.chat.placeholder}
          maxLength={MOST}
          onChange={({ target }) => {
            write(target.value);
            onType();
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
              event.preventDefault();
              send();
            } else if (event.key === "Escape") {
              event.currentTarget.blur();
            }
          }}
          placeholder={placeholder ?? text.chat.placeholder}
          ref={fieldRef}
          rows={1}
          value={content}
        />
        <div className="composer-foot">
          <span className="soft small composer-hint">{MAC ? text.chat.sendHintMac : text.chat.sendHint}</span>
          <Button disabled={!content.trim()} icon="send" look="primary" type="submit">
            {text.chat.send}
          </Button>
        </div>
      </div>
    </form>
  );
}
