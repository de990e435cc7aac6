/** The image built from the project's Dockerfile. */
export const fairleadImage = 'fairlead.local/fairlead:dev';

/** The web server of stories and tests: Kubernetes' own agnhost. */
export const webImage = 'fairlead.local/agnhost:dev';

/** Holds a pod's namespaces. */
export const sandboxImage = 'fairlead.local/pause:dev';
