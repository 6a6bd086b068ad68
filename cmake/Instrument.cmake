# Sanitizers and coverage, switched by the presets.
if(IGD_SANITIZE)
  add_compile_options(-fsanitize=${IGD_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${IGD_SANITIZE})
endif()
if(IGD_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()
