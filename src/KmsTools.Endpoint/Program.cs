using KmsTools.Endpoint;

// First, and in a method that names nothing of what is shared.
ModuleFolder.Use();
return await EndpointProgram.RunAsync(args).ConfigureAwait(false);
