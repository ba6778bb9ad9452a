/** Where one is on this page. */
import { hashRoute } from "@/touch/hashRoute";
import { hrefOf, parseRoute } from "./route";

export const { useRoute, go } = hashRoute(parseRoute, hrefOf);
