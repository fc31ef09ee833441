const COLOURS = 6;

function colour(name) {
  return [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % COLOURS;
}

/** A person's initials on a colour of their own, or the bot's mark. Says nothing to a screen reader: the name stands beside it. */
export function Face({ name, bot = false }) {
  if (bot) return <img className="face face-bot" src="icon.svg" alt="" width="32" height="32" />;
  const initials = name
    .split(" ")
    .map((part) => part[0])
    .join("")
    .slice(0, 2);
  return (
    <span className={`face face-${colour(name)}`} aria-hidden="true">
      {initials}
    </span>
  );
}
