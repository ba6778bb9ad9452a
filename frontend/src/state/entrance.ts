/** What every page that lives by the feed does from signing in to signing out. */
import { watch } from "vue";
import { whenUnauthenticated } from "@/api/client";
import { useFeed } from "./feed";
import { usePreferences } from "./preferences";
import { useSession } from "./session";

/** Called in the page's outermost component; returns what asks who is there. */
export function useEntrance(): () => Promise<void> {
  const session = useSession();
  const feed = useFeed();
  const preferences = usePreferences();

  whenUnauthenticated(() => {
    session.end(true);
  });
  watch(
    () => session.me,
    (me) => {
      if (me !== null) preferences.adoptLanguage(me.language);
    },
  );
  watch(
    () => session.status === "signed_in" && session.mayWatch,
    (watching) => {
      if (watching) feed.start();
      else feed.stop();
    },
  );
  watch(
    () => feed.ended,
    (ended) => {
      if (ended === "unauthenticated") session.end(true);
    },
  );
  // A refused handshake has no close code: after a failed attempt ask whether the session still stands.
  watch(
    () => feed.connection?.attempts ?? 0,
    (attempts) => {
      if (attempts > 1 && feed.connection?.opened === false) void session.check();
    },
  );

  return session.load;
}
