import { useState } from "react";

import { text } from "../../text";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import type { Asking } from "./use-asking";

const MOST = 1_000;

export function QuestionField({ asking, begun }: { asking: Asking; begun: boolean }) {
  const [question, setQuestion] = useState("");
  const submit = () => {
    if (question.trim()) {
      asking.ask(question.trim());
      setQuestion("");
    }
  };
  return (
    <form
      className="question"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Icon name="spark" size={18} />
      <textarea
        aria-label={text.ask.label}
        maxLength={MOST}
        onChange={({ target }) => setQuestion(target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            submit();
          }
        }}
        placeholder={begun ? text.ask.again : text.ask.placeholder}
        rows={1}
        value={question}
      />
      {asking.busy ? (
        <Button icon="close" onClick={asking.stop}>
          {text.ask.stop}
        </Button>
      ) : (
        <Button disabled={!question.trim()} look="primary" type="submit">
          {text.ask.submit}
        </Button>
      )}
    </form>
  );
}
