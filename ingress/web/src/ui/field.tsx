import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from "react";

import { Icon } from "./icon";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
}

interface Ties {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

function Field({ label, hint, error, children }: FieldProps & { children: (ties: Ties) => ReactNode }) {
  const id = useId();
  const told = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": told || undefined, "aria-invalid": error ? true : undefined })}
      {hint ? <span className="field-hint" id={`${id}-hint`}>{hint}</span> : null}
      {error ? <FieldError id={`${id}-error`} text={error} /> : null}
    </div>
  );
}

export function FieldError({ id, text }: { id?: string; text: string }) {
  return (
    <span className="field-error" id={id}>
      <Icon name="alert" />
      {text}
    </span>
  );
}

export function TextField({ label, hint, error, ...rest }: FieldProps & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field error={error} hint={hint} label={label}>
      {(ties) => <input {...rest} {...ties} className="input" />}
    </Field>
  );
}

export function TextArea({ label, hint, error, ...rest }: FieldProps & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field error={error} hint={hint} label={label}>
      {(ties) => <textarea {...rest} {...ties} className="input" />}
    </Field>
  );
}

export function SelectField({ label, hint, error, children, ...rest }: FieldProps & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field error={error} hint={hint} label={label}>
      {(ties) => (
        <select {...rest} {...ties} className="input">
          {children}
        </select>
      )}
    </Field>
  );
}

/** A field whose drawing and place say what it is for; `label` is for those who do not see them. */
export function SearchField({ label, ...rest }: { label: string } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <div className="search">
      <Icon name="search" />
      <input type="search" placeholder={label} {...rest} aria-label={label} className="input" />
    </div>
  );
}

interface Choice<T extends string> {
  value: T;
  name: string;
  text: string;
}

/** One of a few, each with its explanation. */
export function Choices<T extends string>(props: {
  legend: string;
  name: string;
  choices: Choice<T>[];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <fieldset className="field">
      <legend className="field-label">{props.legend}</legend>
      <div className="choices">
        {props.choices.map(({ value, name, text }) => (
          <label className="choice" key={value}>
            <input
              checked={props.value === value}
              name={props.name}
              onChange={() => props.onChange(value)}
              type="radio"
              value={value}
            />
            <span className="choice-name">{name}</span>
            <span className="choice-text">{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
