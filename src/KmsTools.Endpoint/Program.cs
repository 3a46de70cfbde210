using KmsTools.Endpoint;

// First, and in a method that refers to no shared assembly.
ModuleFolder.Use();
return await EndpointProgram.RunAsync(args).ConfigureAwait(false);
