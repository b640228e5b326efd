/** Names to addresses. A module that can be left out: the sockets take addresses alone. */
export { DEFAULT_RESOLVER_OPTIONS, Resolver, type ResolverOptions } from './resolver.ts';
