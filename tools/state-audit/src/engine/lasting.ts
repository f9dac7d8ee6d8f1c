/** Classes that, by their name, one instance serves the whole process of. */
export const LASTING =
  /(Service|Store|Cache|Manager|Registry|Limiter|Pool|Repository|Provider|Hub|Bus|Queue|Scheduler|Worker|Server|Adapter|Client|Controller)$/;
