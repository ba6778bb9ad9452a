/** Notifications of the console, and of the village page. */
import { definePush, deskPage } from "./browser";

export const useConsolePush = definePush("console-push", deskPage("/"));
export const useVillagePush = definePush("village-push", deskPage("/village/"));
