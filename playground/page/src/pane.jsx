import { Conversation } from "./conversation";
import { Face } from "./face";
import { Count, PeopleList } from "./people_list";
import { PLATFORMS } from "./platforms";

/** One platform: who you are there, your chats, whom else to be, and the chat that is open. */
export function Pane({ platform, people, person, screen, chat, zone, choose, open, act }) {
  const { name, place, Form, homeTab, channelMark } = PLATFORMS[platform];
  const me = people.find((one) => one.id === person);
  const form = screen?.form && screen.form.surface !== "card" ? screen.form : null;
  const isOpen = (one) => one.id === chat || (chat === "home" && one.kind === "personal");
  return (
    <section className={`pane ${platform}`} aria-label={`${name} ${place}`}>
      <header className="pane-head">
        <h2>
          {name} <span>Little Wickering</span>
        </h2>
        <p className="me">
          <Face name={me.name} />
          <span>
            <span className="me-name">
              <span>You are</span> {me.name}
            </span>
            <span className="me-role">
              {me.role}, {me.agency}
            </span>
          </span>
        </p>
      </header>
      <div className="pane-body">
        <nav className="side" aria-label={`${name}: chats and people`}>
          <h3>Chats</h3>
          <ul className="chats">
            {screen?.chats.map((one) => (
              <li key={one.id}>
                <button type="button" aria-current={isOpen(one) ? "true" : undefined} onClick={() => open(one.id)}>
                  <span>
                    {one.kind === "channel" ? channelMark : ""}
                    {one.name}
                  </span>
                  <Count of={me.unread[one.id]} />
                </button>
              </li>
            ))}
          </ul>
          <h3>Whom to be</h3>
          <div className="people">
            <PeopleList people={people} chosen={person} choose={choose} />
          </div>
        </nav>
        {screen && (
          <div className="stage">
            <Conversation
              key={`${person}/${chat}`}
              platform={platform}
              me={me}
              screen={screen}
              chat={chat}
              homeTab={homeTab}
              open={open}
              act={act}
              inert={form ? true : undefined}
            />
            {form && <Form key={form.id} form={form} zone={zone} act={act} />}
          </div>
        )}
      </div>
    </section>
  );
}
