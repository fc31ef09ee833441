import { Face } from "./face";

function byAgency(people) {
  const groups = new Map();
  for (const person of people) groups.set(person.agency, [...(groups.get(person.agency) ?? []), person]);
  return [...groups];
}

function total(unread) {
  return Object.values(unread).reduce((sum, count) => sum + count, 0);
}

/** How many messages are new, in words for a screen reader; nothing where there are none. */
export function Count({ of }) {
  if (!of) return null;
  return (
    <span className="count">
      {of}
      <span className="unseen"> new</span>
    </span>
  );
}

/** Everybody to be on one platform, by agency, and for whom there is something new. */
export function PeopleList({ people, chosen, choose }) {
  return byAgency(people).map(([agency, members]) => (
    <div key={agency} className="agency" role="group" aria-label={agency}>
      <h4>{agency}</h4>
      <ul className="who">
        {members.map((one) => (
          <li key={one.id}>
            <button type="button" aria-pressed={one.id === chosen} onClick={() => choose(one.id)}>
              <Face name={one.name} />
              <span className="who-words">
                <span className="who-name">{one.name}</span>
                <span className="who-role">{one.role}</span>
              </span>
              <Count of={total(one.unread)} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  ));
}
