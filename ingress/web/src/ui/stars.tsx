import { text } from "../text";
import { Icon } from "./icon";

const ALL = [1, 2, 3, 4, 5];

/** A rating to choose, as one group of radio buttons. */
export function StarsField({ value, onChange }: { value: number | null; onChange: (value: number) => void }) {
  return (
    <fieldset className="field">
      <legend className="field-label">{text.resolve.rating}</legend>
      <div className="stars">
        {ALL.map((star) => (
          <label className={value !== null && star <= value ? "on" : ""} key={star} title={text.resolve.stars(star)}>
            <input
              checked={value === star}
              className="hidden-visually"
              name="rating"
              onChange={() => onChange(star)}
              type="radio"
              value={star}
            />
            <Icon name="star" size={24} />
            <span className="hidden-visually">{text.resolve.stars(star)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A rating that was given. */
export function Stars({ value }: { value: number }) {
  return (
    <span aria-label={text.resolve.stars(value)} className="stars stars-shown" role="img">
      {ALL.map((star) => (
        <span className={star <= value ? "on" : ""} key={star}>
          <Icon name="star" size={16} />
        </span>
      ))}
    </span>
  );
}
